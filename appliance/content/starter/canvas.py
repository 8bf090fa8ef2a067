"""Skies, hills, glows and noise: the still part of a painted scene, as float pictures.

A canvas is float32 of shape (720, 1280, 3), red-green-blue, 0..1; a mask is (720, 1280), 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 1280
HEIGHT: Final = 720
FPS: Final = 30
TAU: Final = 2.0 * np.pi

Floats = NDArray[np.floating[Any]]
Stops = Sequence[tuple[float, str]]


def rgb(colour: str) -> Floats:
    """`#rrggbb` as three floats 0..1."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)], dtype=np.float32)


def mix(one: Floats, other: Floats, share: float) -> Floats:
    """`one` at share 0, `other` at share 1."""
    return (one + (other - one) * np.float32(share)).astype(np.float32)


def ramp(stops: Stops, places: Floats) -> Floats:
    """Colour at each of `places` (any shape) between `stops` of (place, colour); adds an axis."""
    at = [place for place, _ in stops]
    colours = np.stack([rgb(colour) for _, colour in stops])
    channels = [np.interp(places, at, colours[:, c]) for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def sky(stops: Stops, softness_px: float = 40.0) -> Floats:
    """A whole canvas coloured from top (0) to bottom (1); no edge shows at the stops."""
    column = ramp(stops, np.linspace(0, 1, HEIGHT, dtype=np.float32))[:, None, :]
    soft = cv2.GaussianBlur(column, (1, 0), softness_px, borderType=cv2.BORDER_REPLICATE)
    return np.repeat(soft.reshape(HEIGHT, 1, 3), WIDTH, axis=1).astype(np.float32)


def grid() -> tuple[Floats, Floats]:
    """x and y of every pixel, as two masks."""
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return xs, ys


def glow(x: float, y: float, radius_px: float, power: float = 2.0, flat: float = 1.0) -> Floats:
    """Mask that falls softly from 1 at (x, y); `flat` > 1 stretches it sideways."""
    xs, ys = grid()
    distance = np.hypot((xs - x) / flat, ys - y) / radius_px
    return np.asarray(np.exp(-(distance**power)), dtype=np.float32)


def noise(rng: np.random.Generator, width: int, height: int, cell_px: float) -> Floats:
    """Smooth value noise of about 0..1 whose bumps are `cell_px` wide."""
    shape = (int(height / cell_px) + 4, int(width / cell_px) + 4)
    coarse = rng.random(shape, dtype=np.float32)
    size = (int(shape[1] * cell_px), int(shape[0] * cell_px))
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    edge = int(cell_px)
    return np.asarray(fine[edge : edge + height, edge : edge + width], dtype=np.float32)


def clouds(rng: np.random.Generator, width: int, height: int, cell_px: float) -> Floats:
    """Fractal noise, five octaves, 0..1 with mean one half."""
    total = np.zeros((height, width), dtype=np.float32)
    for octave in range(5):
        cell = max(cell_px / 2**octave, 2.0)
        total += (noise(rng, width, height, cell) - 0.5) / 2**octave
    return np.asarray(np.clip(0.5 + total * 0.75, 0, 1), dtype=np.float32)


def ridge(
    rng: np.random.Generator, base_px: float, swing_px: float, cell_px: float, width: int = WIDTH
) -> Floats:
    """The crest of a range of hills: y in px for each x; finer bumps are flatter."""
    total = np.zeros(width, dtype=np.float32)
    for octave in range(4):
        line = noise(rng, width, 4, max(cell_px / 2**octave, 3.0))[0]
        total += (line - 0.5) / 2.1**octave
    return np.asarray(base_px - swing_px * total, dtype=np.float32)


def below(crest: Floats, height: int = HEIGHT) -> Floats:
    """Mask of everything under a crest, with a smooth edge."""
    ys = np.arange(height, dtype=np.float32)[:, None]
    return np.clip(ys - crest[None, :] + 0.5, 0, 1).astype(np.float32)


def lay(canvas: Floats, colour: Floats, mask: Floats) -> None:
    """Paint `colour` (three numbers or a canvas) over `canvas`, in place, where `mask` says."""
    canvas += (colour - canvas) * mask[..., None]


def light(canvas: Floats, colour: Floats, mask: Floats) -> None:
    """Add light as on film (screen): brightens without burning out; in place."""
    canvas += (1.0 - canvas) * (colour * mask[..., None])


def hill(canvas: Floats, crest: Floats, crown: str, foot: str, fade_px: float) -> None:
    """A hill that goes from `crown` at its crest to `foot`, as haze gathers lower down."""
    ys = np.arange(HEIGHT, dtype=np.float32)[:, None]
    depth = np.clip((ys - crest[None, :]) / fade_px, 0, 1)
    eased = depth * depth * (3 - 2 * depth)
    body = rgb(crown) + (rgb(foot) - rgb(crown)) * eased[..., None]
    lay(canvas, body.astype(np.float32), below(crest))


def soften(picture: Floats, sigma_px: float) -> Floats:
    """Gaussian blur."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), dtype=np.float32)


def vignette(strength: float) -> Floats:
    """Factor per pixel (one channel axis) that darkens the corners by up to `strength`."""
    xs, ys = grid()
    far = np.hypot((xs - WIDTH / 2) / (WIDTH / 2), (ys - HEIGHT / 2) / (HEIGHT / 2)) / np.sqrt(2)
    return np.asarray((1 - strength * far**2.6)[..., None], dtype=np.float32)


def ease(share: float | Floats) -> Floats:
    """Smooth step of 0..1."""
    clipped = np.clip(share, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped), dtype=np.float32)


def wave(phase: float, cycles: int, shift: float = 0.0) -> float:
    """Sine that fits the loop: `cycles` whole turns while `phase` goes from 0 to 1."""
    return float(np.sin(TAU * (cycles * phase + shift)))
