"""What cameras, light and compression do to faces, for training: batched, on tensors.

Each function takes pictures [N, 1, H, W] in 0…1 and a generator on the same device, spoils each
picture by chance and returns the same shape in 0…1. No shape depends on what was drawn, so that a
GPU need not wait.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional

LARGEST_GAIN = 2.2
"""Contrast that bursts at both ends, as under a lamp; its inverse is a grey morning."""
LOCAL_CONTRAST = 0.9
"""Limit of ln(factor) by which the detail over its surroundings is stretched or flattened."""
LARGEST_BLUR = 0.03
"""Deviation as a share of the side; the far end of what a moving face at a bus stop shows."""
DCT_SIDE = 8
JPEG_STEPS = (8.0, 60.0)
"""Steps of the lowest and the highest frequency at strength 1, of 255: about quality 25. A
straight line between them is close to the luminance table of ITU-T T.81, annex K."""
GLASSES_TOP, GLASSES_BOTTOM = 0.25, 0.45
"""Where lenses lie in a face's square, as shares of its height."""


def _random(rng: torch.Generator, count: int, *more: int) -> Tensor:
    return torch.rand((count, 1, 1, 1, *more), generator=rng, device=rng.device)


def _some(pictures: Tensor, spoilt: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    return torch.where(_random(rng, len(pictures)) < chance, spoilt, pictures)


def expose(pictures: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """Gain and offset past the sensor's ends: burnt-out or drowned parts, or little contrast."""
    limit = math.log(LARGEST_GAIN)
    gain = torch.exp((_random(rng, len(pictures)) * 2.0 - 1.0) * limit)
    middle = 0.3 + 0.4 * _random(rng, len(pictures))
    return _some(pictures, ((pictures - middle) * gain + 0.5).clamp(0.0, 1.0), chance, rng)


def equalise(pictures: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """A part of the way to an even histogram, as pictures with stretched contrast come."""
    flat = pictures.flatten(1)
    ranks = flat.argsort(1).argsort(1).to(pictures.dtype) / max(1, flat.shape[1] - 1)
    share = _random(rng, len(pictures))
    return _some(pictures, pictures + share * (ranks.view_as(pictures) - pictures), chance, rng)


def stretch_locally(pictures: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """Detail over its surroundings (a quarter of the side) made stronger or weaker."""
    reach = max(1, pictures.shape[-1] // 8)
    padded = functional.pad(pictures, (reach,) * 4, mode="replicate")
    around = functional.avg_pool2d(padded, 2 * reach + 1, stride=1)
    factor = torch.exp((_random(rng, len(pictures)) * 2.0 - 1.0) * LOCAL_CONTRAST)
    return _some(pictures, (around + factor * (pictures - around)).clamp(0.0, 1.0), chance, rng)


def blur(pictures: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """Out of focus: a Gaussian's widest form, mixed with the sharp picture for the ones between."""
    deviation = LARGEST_BLUR * pictures.shape[-1]
    reach = math.ceil(2.5 * deviation)
    at = torch.arange(-reach, reach + 1, device=pictures.device, dtype=pictures.dtype)
    line = torch.exp(-0.5 * (at / deviation) ** 2)
    line = line / line.sum()
    padded = functional.pad(pictures, (reach,) * 4, mode="replicate")
    wide = functional.conv2d(
        functional.conv2d(padded, line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1)
    )
    share = _random(rng, len(pictures))
    return _some(pictures, pictures + share * (wide - pictures), chance, rng)


@functools.cache
def _cosines(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of 8 values [8, 8] (ITU-T T.81, A.3.3)."""
    at = torch.arange(DCT_SIDE, device=device, dtype=torch.float32)
    table = torch.cos((2.0 * at[None] + 1.0) * at[:, None] * math.pi / (2.0 * DCT_SIDE))
    table = table * math.sqrt(2.0 / DCT_SIDE)
    table[0] = math.sqrt(1.0 / DCT_SIDE)
    return table


@functools.cache
def _steps(device: torch.device) -> Tensor:
    at = torch.arange(DCT_SIDE, device=device, dtype=torch.float32)
    place = (at[:, None] + at[None]) / (2.0 * (DCT_SIDE - 1))
    low, high = JPEG_STEPS
    return (low + (high - low) * place) / 255.0


def compress(pictures: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """JPEG's blocks: cosine coefficients of 8×8 pixels rounded to steps. Sides: multiples of 8."""
    count, _, height, width = pictures.shape
    table = _cosines(pictures.device)
    blocks = pictures.view(count, 1, height // DCT_SIDE, DCT_SIDE, width // DCT_SIDE, DCT_SIDE)
    blocks = blocks.permute(0, 1, 2, 4, 3, 5)
    steps = _steps(pictures.device) * (0.1 + 0.9 * _random(rng, count, 1, 1))
    rounded = ((table @ blocks @ table.T) / steps).round() * steps
    back = (table.T @ rounded @ table).permute(0, 1, 2, 4, 3, 5)
    return _some(pictures, back.reshape(pictures.shape).clamp(0.0, 1.0), chance, rng)


def glare(pictures: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """Light on glasses: a bright, soft ellipse over each lens, of one strength."""
    count, _, height, width = pictures.shape
    y = ((torch.arange(height, device=pictures.device) + 0.5) / height).view(1, 1, -1, 1)
    x = ((torch.arange(width, device=pictures.device) + 0.5) / width).view(1, 1, 1, -1)
    level = GLASSES_TOP + (GLASSES_BOTTOM - GLASSES_TOP) * _random(rng, count)
    apart = 0.15 + 0.08 * _random(rng, count)
    tall, wide = (0.03 + 0.07 * _random(rng, count) for _ in range(2))
    lit = torch.zeros_like(pictures)
    for side in (-1.0, 1.0):
        away = ((y - level) / tall) ** 2 + ((x - 0.5 - side * apart) / wide) ** 2
        lit = lit + torch.exp(-(away**2))
    strength = 0.4 + 0.6 * _random(rng, count)
    lit = (lit * strength).clamp(0.0, 1.0)
    return _some(pictures, pictures + lit * (1.0 - pictures), chance, rng)
