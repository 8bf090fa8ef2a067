"""Batched augmentation on tensors: geometry in one resampling, then light, noise and holes.

Everything is drawn and done where the generator and the pictures are, be it a GPU.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.emotion import camera_faults
from models.emotion.masks import mask_outline


@dataclass(frozen=True)
class Augmentation:
    """How far training pictures are varied. Shares are of the picture's side.

    `camera_chance`: of each of exposure, stretched contrast (all over, and locally), blur and
    JPEG's blocks; light on glasses has half of it.
    """

    rotation_deg: float = 12.0
    zoom: float = 0.20
    aspect: float = 0.08
    shift: float = 0.08
    gamma: float = 0.5
    light: float = 0.25
    noise: float = 0.03
    hole_chance: float = 0.5
    hole_share: float = 0.35
    coarse_chance: float = 0.0
    coarse_px: int = 20
    mask_chance: float = 0.0
    camera_chance: float = 0.0


MASK_HEIGHTS = 16
COARSE_SIZES = 5
"""Sizes of a far face from `coarse_px` to almost twice that."""

STILL = Augmentation(
    rotation_deg=0.0,
    zoom=0.0,
    aspect=0.0,
    shift=0.0,
    gamma=0.0,
    light=0.0,
    noise=0.0,
    hole_chance=0.0,
)
"""Nothing but the mirror image, by chance."""


def standardise(pictures: Tensor) -> Tensor:
    """[N, 1, H, W] → each picture with mean 0 and deviation 1, as the unit does it."""
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    deviation = pictures.std(dim=(1, 2, 3), keepdim=True, correction=0)
    return (pictures - mean) / (deviation + 1e-6)


def resize(pictures: Tensor, size_px: int) -> Tensor:
    """[N, H, W] uint8 → [N, 1, size, size] float32 in 0…1, bilinear."""
    scaled = pictures.unsqueeze(1).float() / 255.0
    if scaled.shape[-1] == size_px:
        return scaled
    return functional.interpolate(
        scaled, (size_px, size_px), mode="bilinear", align_corners=False, antialias=True
    )


def _random(rng: torch.Generator, *shape: int) -> Tensor:
    """Evenly in 0…1, where the generator is."""
    return torch.rand(shape, generator=rng, device=rng.device)


def _affine(count: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """Random 2×3 matrices [N, 2, 3] from output to input coordinates (−1…1)."""

    def uniform(limit: float) -> Tensor:
        return (_random(rng, count) * 2.0 - 1.0) * limit

    turn = torch.randn(count, generator=rng, device=rng.device).clamp(-2.5, 2.5)
    angle = torch.deg2rad(turn * how.rotation_deg)
    zoom = torch.exp(uniform(how.zoom))
    aspect = torch.exp(uniform(how.aspect))
    mirror = (_random(rng, count) < 0.5).float() * 2.0 - 1.0
    cos, sin = torch.cos(angle), torch.sin(angle)
    first = torch.stack((cos * zoom * aspect * mirror, -sin * zoom, uniform(2.0 * how.shift)), 1)
    second = torch.stack((sin * zoom * mirror, cos * zoom / aspect, uniform(2.0 * how.shift)), 1)
    return torch.stack((first, second), 1)


def _cut_holes(pictures: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """One rectangle per picture (by chance) set to the mean (DeVries & Taylor, 1708.04552)."""
    count, size = pictures.shape[0], pictures.shape[-1]
    centre = _random(rng, count, 2)
    side = how.hole_share * (0.3 + 0.7 * _random(rng, count, 2))
    side = side * (_random(rng, count, 1) < how.hole_chance)
    at = (torch.arange(size, device=rng.device) + 0.5) / size
    inside = (at[None, None, :] - centre[:, :, None]).abs() < side[:, :, None] / 2.0
    hole = inside[:, 0, :, None] & inside[:, 1, None, :]
    return pictures.masked_fill(hole.unsqueeze(1), 0.0)


@functools.cache
def _covers(side_px: int, device: torch.device) -> Tensor:
    """Soft-edged masks [MASK_HEIGHTS, 1, side, side] in 0…1 from the lower nose to its bridge."""
    covers = np.zeros((MASK_HEIGHTS, 1, side_px, side_px), np.float32)
    for cover, top in zip(covers[:, 0], np.linspace(0.44, 0.60, MASK_HEIGHTS), strict=True):
        cv2.fillPoly(cover, [mask_outline(side_px, float(top))], 1.0)
        cover[:] = cv2.GaussianBlur(cover, (3, 3), 0.0)
    return torch.from_numpy(covers).to(device)


def _mask_some(pictures: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """A few of the faces [N, 1, H, W] in 0…1 behind a plain mask of any shade, with a soft edge."""
    count = pictures.shape[0]
    worn = _random(rng, count) < how.mask_chance
    heights = torch.randint(MASK_HEIGHTS, (count,), generator=rng, device=rng.device)
    shade = _random(rng, count, 1, 1, 1)
    soft = _covers(pictures.shape[-1], rng.device)[heights] * worn[:, None, None, None]
    return pictures * (1.0 - soft) + shade * soft


def _coarsen(pictures: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """A few of the pictures as a far face gives them: shrunk and enlarged again."""
    count, size = pictures.shape[0], pictures.shape[-1]
    some = _random(rng, count, 1, 1, 1) < how.coarse_chance
    which = torch.randint(COARSE_SIZES, (count,), generator=rng, device=rng.device)
    result = pictures
    # Every size for every picture: no shape depends on what was drawn, so a GPU need not wait.
    for number in range(COARSE_SIZES):
        small_px = how.coarse_px + how.coarse_px * number // COARSE_SIZES
        if small_px >= size:
            break
        small = functional.interpolate(pictures, (small_px, small_px), mode="area")
        far = functional.interpolate(small, (size, size), mode="bilinear", align_corners=False)
        result = torch.where(some & (which == number)[:, None, None, None], far, result)
    return result


def _light(x: Tensor, chance: float, rng: torch.Generator) -> Tensor:
    """What light and the camera's own contrast do."""
    x = camera_faults.glare(x, chance / 2.0, rng)
    x = camera_faults.expose(x, chance, rng)
    x = camera_faults.stretch_locally(x, chance, rng)
    return camera_faults.equalise(x, chance, rng)


def augment(pictures: Tensor, size_px: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """[N, H, W] uint8 → [N, 1, size, size] float32, varied and standardised per picture.

    Pictures and generator are on one device. Labels are unchanged by everything done here; the
    same generator state gives the same batch.
    """
    count = pictures.shape[0]
    grid = functional.affine_grid(
        _affine(count, how, rng), [count, 1, size_px, size_px], align_corners=False
    )
    source = resize(pictures, min(size_px, pictures.shape[-1]))
    if how.mask_chance > 0.0:
        source = _mask_some(source, how, rng)
    x = functional.grid_sample(
        source, grid, mode="bilinear", padding_mode="border", align_corners=False
    ).clamp_(0.0, 1.0)
    gamma = torch.exp((_random(rng, count, 1, 1, 1) * 2.0 - 1.0) * how.gamma)
    x = (x + 1e-4).pow_(gamma)
    if how.camera_chance > 0.0:
        x = _light(x, how.camera_chance, rng)
    slope = (_random(rng, count, 2) * 2.0 - 1.0) * how.light
    ramp = torch.linspace(-1.0, 1.0, size_px, device=rng.device)
    x = x + slope[:, 0, None, None, None] * ramp + slope[:, 1, None, None, None] * ramp[:, None]
    if how.coarse_chance > 0.0:
        x = _coarsen(x, how, rng)
    if how.camera_chance > 0.0:
        x = camera_faults.blur(x, how.camera_chance, rng)
    level = _random(rng, count, 1, 1, 1) * how.noise
    x = x + torch.randn(x.shape, generator=rng, device=rng.device) * level
    if how.camera_chance > 0.0 and size_px % camera_faults.DCT_SIDE == 0:
        x = camera_faults.compress(x, how.camera_chance, rng)
    return _cut_holes(standardise(x), how, rng)
