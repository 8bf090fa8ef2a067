"""Rain: rings spread over an evening pond; lanterns tremble in it between the lily pads."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.plants import petal
from appliance.content.starter.sprite import coloured, disc, outline, shine, stamp

FLATTENED = 0.40
"""Height of a circle on the water over its width, as seen from the bank."""


@dataclass(frozen=True)
class Drop:
    """One raindrop of the loop; `born` is its phase, `life` how much of the loop it lasts."""

    x: float
    y: float
    born: float
    life: float
    size_px: float


class Rain:
    """Rings tilt the water; the picture mirrored in it is shifted by that tilt."""

    duration_s = 9.0

    def __init__(self) -> None:
        rng = np.random.default_rng(36)
        self._mirror = _mirrored(rng)
        self._xs, self._ys = cv.grid()
        self._drops = [
            Drop(
                x=rng.uniform(0, cv.WIDTH),
                y=rng.uniform(0, 1) ** 0.8 * cv.HEIGHT,
                born=(index + rng.random()) / 92,
                life=rng.uniform(0.16, 0.24),
                size_px=rng.uniform(70, 130),
            )
            for index in range(92)
        ]
        self._pads = _lily_pads(rng)
        self._lotus = _lotus()
        self._splash = disc(5, "#f3fbff", 1.0)
        self._streak = _streak()
        self._streaks = [
            (rng.uniform(-40, cv.WIDTH + 80), rng.random(), int(rng.integers(7, 11)), rng.random())
            for _ in range(46)
        ]

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        tilt_x, tilt_y = self._tilt(phase)
        seen_x, seen_y = self._xs + 26 * tilt_x, self._ys + 46 * tilt_y
        mirrored = cv2.remap(
            self._mirror, seen_x, seen_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        canvas = np.asarray(mirrored, dtype=np.float32)
        lit = np.clip(tilt_y * 0.62, -0.26, 0.62)[..., None]
        canvas += lit * (cv.rgb("#cfe6ee") * np.float32(0.5) + canvas * np.float32(0.5))
        np.clip(canvas, 0, 1, out=canvas)
        for index, (x, y, pad) in enumerate(self._pads):
            stamp(canvas, pad, x, y + 1.6 * cv.wave(phase, 1, index / 5), scale=1.0)
        stamp(canvas, self._lotus, 948, 436 + 1.6 * cv.wave(phase, 1, 0.4))
        for drop in self._drops:
            age = ((phase - drop.born) % 1.0) / 0.012
            if age < 1:
                shine(
                    canvas, self._splash, drop.x, drop.y - 9 * age, 1.2 - 0.6 * age, 0.8 - 0.7 * age
                )
        for x, start, falls, faint in self._streaks:
            life = (phase * falls + start) % 1.0
            y = -80 + life * (cv.HEIGHT + 160)
            stamp(canvas, self._streak, x - 0.06 * y, y, opacity=0.10 + 0.12 * faint)
        return canvas

    def _tilt(self, phase: float) -> tuple[cv.Floats, cv.Floats]:
        """Slope of the water in x and y: a slow swell, and the rings of every living drop."""
        tilt_y = 0.05 * np.sin(self._ys / 23 + self._xs / 310 + cv.TAU * phase * 3)
        tilt_y += 0.04 * np.sin(self._ys / 13 - self._xs / 170 - cv.TAU * phase * 4)
        tilt_x = 0.03 * np.sin(self._xs / 90 + self._ys / 40 + cv.TAU * phase * 2)
        for drop in self._drops:
            life = ((phase - drop.born) % 1.0) / drop.life
            if life < 1:
                _add_rings(tilt_x, tilt_y, drop, life)
        return tilt_x.astype(np.float32), tilt_y.astype(np.float32)


def _add_rings(tilt_x: cv.Floats, tilt_y: cv.Floats, drop: Drop, life: float) -> None:
    """Add a packet of three rings, `life` 0..1 after the drop fell; in place."""
    # Nearer water (lower in the picture) shows larger rings.
    size = drop.size_px * (0.45 + 0.75 * drop.y / cv.HEIGHT)
    front = size * (1 - (1 - life) ** 1.6)
    reach = front + 20
    left, right = max(int(drop.x - reach), 0), min(int(drop.x + reach) + 1, cv.WIDTH)
    high = reach * FLATTENED
    top, bottom = max(int(drop.y - high), 0), min(int(drop.y + high) + 1, cv.HEIGHT)
    if right <= left or bottom <= top:
        return
    dx = np.arange(left, right, dtype=np.float32)[None, :] - drop.x
    dy = (np.arange(top, bottom, dtype=np.float32)[:, None] - drop.y) / FLATTENED
    distance = np.sqrt(dx * dx + dy * dy) + 1e-3
    behind = front - distance
    spread = 9 + 10 * life
    packet = np.exp(-(((behind - spread) / spread) ** 2)) * np.sin(behind / (2.1 + 1.3 * life))
    packet *= 1.35 * (1 - life) ** 1.3 * min(1.0, life * 14) / distance
    tilt_x[top:bottom, left:right] += packet * dx
    tilt_y[top:bottom, left:right] += packet * dy


def _mirrored(rng: np.random.Generator) -> cv.Floats:
    """What the still water would show: dusk, trees upside down, four lanterns."""
    canvas = cv.sky([(0, "#14303c"), (0.3, "#1f4a55"), (0.62, "#2f6a70"), (1, "#23535f")], 60)
    shore = 150 + 90 * (cv.clouds(rng, cv.WIDTH, 4, 150)[0] - 0.3)
    ys = np.arange(cv.HEIGHT, dtype=np.float32)[:, None]
    trees = cv.soften(np.clip(shore[None, :] * 1.5 - ys, 0, 1).astype(np.float32), 12)
    cv.lay(canvas, cv.rgb("#0e222c"), 0.8 * trees)
    glows = cv.soften(cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 260), 10)
    cv.light(canvas, cv.rgb("#8fc3c4"), 0.35 * cv.ease((glows - 0.45) * 3))
    lanterns = ((170, "#f2a93b"), (395, "#f6c26b"), (640, "#f2a93b"), (1105, "#f4b75a"))
    for x, colour in lanterns:
        cv.light(canvas, cv.rgb(colour), 0.80 * _pillar(x, -60, 20, 430))
        cv.light(canvas, cv.rgb("#fff0cf"), 0.75 * _pillar(x, -60, 10, 250))
        cv.light(canvas, cv.rgb(colour), 0.30 * cv.glow(x, 10, 190, 1.4))
    for x, colour in ((285, "#6f94c4"), (790, "#7fa594"), (930, "#6f94c4")):
        cv.light(canvas, cv.rgb(colour), 0.40 * _pillar(x, -40, 26, 360))
    return np.asarray(canvas * cv.vignette(0.35), dtype=np.float32)


def _pillar(x: float, y: float, half_px: float, tall_px: float) -> cv.Floats:
    """A light's reflection: an upright streak, long towards the watcher."""
    xs, ys = cv.grid()
    down = np.maximum(ys - y, 0) / tall_px
    wide = half_px * (1 + 0.8 * np.clip((ys - y) / tall_px, 0, 2))
    return np.asarray(np.exp(-(((xs - x) / wide) ** 2) - down**1.5), dtype=np.float32)


def _lily_pads(rng: np.random.Generator) -> list[tuple[float, float, cv.Floats]]:
    places = (
        (1010, 470, 118), (1190, 395, 92), (1150, 590, 150), (820, 520, 84),
        (870, 640, 128), (90, 640, 130), (255, 575, 84), (1010, 690, 100),
    )  # fmt: skip
    return [(x, y, _lily_pad(rng, radius)) for x, y, radius in sorted(places, key=lambda p: p[1])]


def _lily_pad(rng: np.random.Generator, radius_px: float) -> cv.Floats:
    """A floating leaf with its notch, ribs and a light rim; drawn round, then flattened."""
    size = int(radius_px * 2) + 12
    notch = rng.uniform(0, cv.TAU)
    turn = np.linspace(notch + 0.16, notch + cv.TAU - 0.16, 90)
    wavy = radius_px * (1 + 0.012 * np.sin(turn * 7))
    rim = np.stack([np.cos(turn) * wavy, np.sin(turn) * wavy], axis=1)
    points = np.concatenate([rim, [[0.0, 0.0]]]) + size / 2
    mask = outline(points.astype(np.float32), (size, size))
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32) - size / 2
    far = np.hypot(xs, ys) / radius_px
    angle = np.arctan2(ys, xs)
    body = cv.ramp([(0, "#5d9a6d"), (0.7, "#3f7d60"), (1, "#2d6552")], far)
    ribs = np.exp(-((np.sin(angle * 8 + notch) * far * radius_px / 14) ** 2)) * (far < 0.92)
    body += (0.07 * ribs)[..., None]
    body += (0.10 * np.exp(-(((far - 0.965) / 0.025) ** 2)))[..., None]
    body *= (1 + 0.20 * (-ys / size) * 2)[..., None]
    flat = cv2.resize(
        coloured(mask, np.clip(body, 0, 1).astype(np.float32)),
        (size, int(size * FLATTENED)),
        interpolation=cv2.INTER_AREA,
    )
    return np.asarray(flat, dtype=np.float32)


def _lotus() -> cv.Floats:
    """A pink lotus, petals opening from the middle; sprite of 190x150 px."""
    sprite = np.zeros((150, 190, 4), dtype=np.float32)
    rows = (
        (92, (-1.25, -0.85, 0.85, 1.25), "#e58ba4", "#f9c9d4"),
        (96, (-0.62, -0.3, 0.3, 0.62), "#ee9fb3", "#fbd9e0"),
        (84, (-0.95, -0.5, 0.0, 0.5, 0.95), "#f3b0c0", "#fff0f2"),
        (62, (-0.72, 0.72, -0.3, 0.3), "#f6bcc9", "#fffafa"),
    )
    for length, angles, root, tip in rows:
        leaf = petal(length, root, tip, notch=-0.04)
        for angle in angles:
            x, y = 95 + np.sin(angle) * length * 0.46, 128 - np.cos(angle) * length * 0.46
            stamp(sprite, leaf, x, y, angle=angle, squash=0.62)
    return sprite


def _streak() -> cv.Floats:
    mask = np.zeros((84, 9), dtype=np.float32)
    cv2.line(mask, (6, 4), (2, 79), 1.0, 1, cv2.LINE_AA)
    return coloured(cv.soften(mask, 0.8), cv.rgb("#dcebf2"))
