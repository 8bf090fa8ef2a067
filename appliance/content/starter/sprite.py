"""Things that move: small see-through pictures, and the paths that bring them back in a loop.

A sprite is float32 of shape (height, width, 4): red-green-blue already multiplied by alpha, 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from appliance.content.starter.canvas import HEIGHT, WIDTH, Floats, rgb

SUPERSAMPLING = 4


def stamp(
    canvas: Floats,
    sprite: Floats,
    x: float,
    y: float,
    *,
    scale: float = 1.0,
    angle: float = 0.0,
    squash: float = 1.0,
    opacity: float = 1.0,
) -> None:
    """Draw the sprite's centre at (x, y), in place; `squash` narrows it before it is turned.

    `angle` is in radians, clockwise. Positions are fractions of a pixel: nothing jumps.
    """
    height, width = sprite.shape[:2]
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos * squash, -sin], [sin * squash, cos]]) * scale
    reach = np.abs(turn) @ np.array([width / 2, height / 2]) + 1
    left, top = max(int(x - reach[0]), 0), max(int(y - reach[1]), 0)
    right = min(int(x + reach[0]) + 2, canvas.shape[1])
    bottom = min(int(y + reach[1]) + 2, canvas.shape[0])
    if right <= left or bottom <= top or opacity <= 0.004:
        return
    shift = np.array([x - left, y - top]) - turn @ np.array([(width - 1) / 2, (height - 1) / 2])
    matrix = np.hstack([turn, shift[:, None]])
    patch = cv2.warpAffine(sprite, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    region = canvas[top:bottom, left:right]
    region *= 1.0 - patch[..., 3:] * np.float32(opacity)
    # A canvas has three channels; a sprite that is being painted has its alpha as the fourth.
    region += patch[..., : region.shape[2]] * np.float32(opacity)


def shine(canvas: Floats, sprite: Floats, x: float, y: float, scale: float, power: float) -> None:
    """Add a sprite as light, centred at (x, y), `power` times as bright; in place."""
    glowing = sprite.copy()
    glowing[..., 3] = 0.0
    stamp(canvas, glowing, x, y, scale=scale, opacity=power)


def outline(points: Floats, size_px: tuple[int, int]) -> Floats:
    """Mask (height, width) of the polygon `points` (n, 2) in pixels, smooth at its edge."""
    width, height = size_px
    large = np.zeros((height * SUPERSAMPLING, width * SUPERSAMPLING), dtype=np.uint8)
    # fillPoly takes fixed-point numbers; four bits below the point.
    fixed = np.round(points * SUPERSAMPLING * 16).astype(np.int32)
    cv2.fillPoly(large, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small.astype(np.float32) / 255, dtype=np.float32)


def coloured(mask: Floats, colour: Floats) -> Floats:
    """A sprite of one colour (three numbers) or of a picture, cut out by `mask`."""
    full = np.broadcast_to(colour, (*mask.shape, 3))
    return np.dstack([full * mask[..., None], mask]).astype(np.float32)


def disc(radius_px: float, colour: str, softness: float) -> Floats:
    """A round sprite; `softness` 0 has a crisp edge, 1 fades from the middle."""
    size = int(radius_px * 2) + 4
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32) - (size - 1) / 2
    distance = np.hypot(xs, ys)
    inner = radius_px * (1 - softness)
    falling = np.clip((radius_px - distance) / max(radius_px - inner, 1.0), 0, 1)
    eased = falling * falling * (3 - 2 * falling)
    return coloured(eased.astype(np.float32), rgb(colour))


def blurred(sprite: Floats, sigma_px: float) -> Floats:
    """The sprite out of focus; grows by what the blur needs."""
    edge = int(sigma_px * 3) + 1
    padded = cv2.copyMakeBorder(sprite, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.GaussianBlur(padded, (0, 0), sigma_px), dtype=np.float32)


@dataclass(frozen=True)
class Drifter:
    """One falling thing (petal, leaf, flake); all its rates are whole turns per loop."""

    sprite: Floats
    start_x: float
    start_y: float
    fall_px: float
    wind_px: float
    delay: float
    scale: float
    opacity: float
    sway_px: float
    sway_turns: int
    spin_turns: int
    tumble_turns: int
    angle: float

    def draw(self, canvas: Floats, phase: float) -> None:
        """Draw it where it is at `phase`; it is unseen at the moment it starts anew."""
        life = (phase + self.delay) % 1.0
        turn = 2 * np.pi * (phase + self.delay)
        sway = self.sway_px * np.sin(turn * self.sway_turns)
        tumble = np.cos(turn * self.tumble_turns + self.angle) if self.tumble_turns else 1.0
        # A leaf seen edge-on still has some thickness.
        squash = float(np.sign(tumble) or 1.0) * (0.25 + 0.75 * abs(float(tumble)))
        rock = 0.5 * np.cos(turn * self.sway_turns) if self.sway_turns else 0.0
        stamp(
            canvas,
            self.sprite,
            self.start_x + self.wind_px * life + sway,
            self.start_y + self.fall_px * life,
            scale=self.scale,
            angle=self.angle + turn * self.spin_turns + rock,
            squash=squash,
            opacity=self.opacity * float(min(1.0, 8 * life, 8 * (1 - life))),
        )


@dataclass(frozen=True)
class Fall:
    """How a crowd of drifters behaves: speeds in px per loop, ranges as (low, high)."""

    count: int
    fall_px: tuple[float, float]
    wind_px: tuple[float, float]
    scale: tuple[float, float]
    opacity: tuple[float, float]
    sway_px: float = 20.0
    spin: int = 0
    tumble: int = 0


def crowd(rng: np.random.Generator, sprites: Sequence[Floats], fall: Fall) -> list[Drifter]:
    """Drifters spread over the whole picture and the whole loop."""
    drifters = []
    for index in range(fall.count):
        drop, wind = rng.uniform(*fall.fall_px), rng.uniform(*fall.wind_px)
        # Even in height and time, so that no gust leaves the picture empty.
        delay = (index + rng.random()) / fall.count
        drifters.append(
            Drifter(
                sprite=sprites[int(rng.integers(len(sprites)))],
                start_x=rng.uniform(-60, WIDTH + 60) - wind / 2,
                start_y=rng.uniform(-0.15, 1.0) * HEIGHT - drop / 2,
                fall_px=drop,
                wind_px=wind,
                delay=delay,
                scale=rng.uniform(*fall.scale),
                opacity=rng.uniform(*fall.opacity),
                sway_px=fall.sway_px * rng.uniform(0.5, 1.2),
                sway_turns=int(rng.integers(1, 4)) if fall.sway_px else 0,
                spin_turns=int(rng.integers(-fall.spin, fall.spin + 1)),
                tumble_turns=int(rng.integers(1, fall.tumble + 1)) if fall.tumble else 0,
                angle=rng.uniform(0, 2 * np.pi),
            )
        )
    return drifters
