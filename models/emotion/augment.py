"""Batched augmentation on tensors: geometry in one resampling, then light, noise and holes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.emotion.masks import mask_outline


@dataclass(frozen=True)
class Augmentation:
    """How far training pictures are varied. Shares are of the picture's side."""

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


def _affine(count: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """Random 2×3 matrices [N, 2, 3] from output to input coordinates (−1…1)."""

    def uniform(limit: float) -> Tensor:
        return (torch.rand(count, generator=rng) * 2.0 - 1.0) * limit

    angle = torch.deg2rad(torch.randn(count, generator=rng).clamp(-2.5, 2.5) * how.rotation_deg)
    zoom = torch.exp(uniform(how.zoom))
    aspect = torch.exp(uniform(how.aspect))
    mirror = (torch.rand(count, generator=rng) < 0.5).float() * 2.0 - 1.0
    cos, sin = torch.cos(angle), torch.sin(angle)
    first = torch.stack((cos * zoom * aspect * mirror, -sin * zoom, uniform(2.0 * how.shift)), 1)
    second = torch.stack((sin * zoom * mirror, cos * zoom / aspect, uniform(2.0 * how.shift)), 1)
    return torch.stack((first, second), 1)


def _cut_holes(pictures: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """One rectangle per picture (by chance) set to the mean (DeVries & Taylor, 1708.04552)."""
    count, size = pictures.shape[0], pictures.shape[-1]
    centre = torch.rand(count, 2, generator=rng)
    side = how.hole_share * (0.3 + 0.7 * torch.rand(count, 2, generator=rng))
    side = side * (torch.rand(count, 1, generator=rng) < how.hole_chance)
    at = (torch.arange(size) + 0.5) / size
    inside = (at[None, None, :] - centre[:, :, None]).abs() < side[:, :, None] / 2.0
    hole = inside[:, 0, :, None] & inside[:, 1, None, :]
    return pictures.masked_fill(hole.unsqueeze(1), 0.0)


def _mask_some(pictures: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """A few of the faces [N, 1, H, W] in 0…1 behind a plain mask of any shade, with a soft edge."""
    count, side = pictures.shape[0], pictures.shape[-1]
    rows = torch.nonzero(torch.rand(count, generator=rng) < how.mask_chance)[:, 0].tolist()
    draws = torch.rand(len(rows), 2, generator=rng)
    pictures = pictures.clone() if rows else pictures
    for row, (height, shade) in zip(rows, draws.tolist(), strict=True):
        cover = np.zeros((side, side), np.float32)
        cv2.fillPoly(cover, [mask_outline(side, 0.44 + 0.16 * height)], 1.0)
        soft = torch.from_numpy(cv2.GaussianBlur(cover, (3, 3), 0.0))
        pictures[row, 0] = pictures[row, 0] * (1.0 - soft) + shade * soft
    return pictures


def _coarsen(pictures: Tensor, how: Augmentation, rng: torch.Generator) -> Tensor:
    """A few of the pictures as a far face gives them: shrunk (one size a batch) and enlarged."""
    count, size = pictures.shape[0], pictures.shape[-1]
    rows = torch.rand(count, generator=rng) < how.coarse_chance
    small_px = int(torch.randint(how.coarse_px, 2 * how.coarse_px, (1,), generator=rng))
    if small_px >= size or not bool(rows.any()):
        return pictures
    small = functional.interpolate(pictures[rows], (small_px, small_px), mode="area")
    pictures = pictures.clone()
    pictures[rows] = functional.interpolate(
        small, (size, size), mode="bilinear", align_corners=False
    )
    return pictures


def augment(pictures: Tensor, size_px: int, how: Augmentation, rng: torch.Generator) -> Tensor:
    """[N, H, W] uint8 → [N, 1, size, size] float32, varied and standardised per picture.

    Labels are unchanged by everything done here; the same generator state gives the same batch.
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
    each = (count, 1, 1, 1)
    gamma = torch.exp((torch.rand(each, generator=rng) * 2.0 - 1.0) * how.gamma)
    x = (x + 1e-4).pow_(gamma)
    slope = (torch.rand(count, 2, generator=rng) * 2.0 - 1.0) * how.light
    ramp = torch.linspace(-1.0, 1.0, size_px)
    x = x + slope[:, 0, None, None, None] * ramp + slope[:, 1, None, None, None] * ramp[:, None]
    if how.coarse_chance > 0.0:
        x = _coarsen(x, how, rng)
    level = torch.rand(each, generator=rng) * how.noise
    x = x + torch.randn(x.shape, generator=rng) * level
    return _cut_holes(standardise(x), how, rng)
