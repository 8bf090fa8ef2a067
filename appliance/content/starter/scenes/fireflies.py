"""A clear summer night: fireflies over a meadow, the Milky Way above; fits any season."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.sprite import disc, shine


@dataclass(frozen=True)
class Firefly:
    """Wanders on a closed curve and glows in slow breaths."""

    x: float
    y: float
    roam_px: tuple[float, float]
    turns: tuple[int, int]
    shift: float
    breaths: int
    size: float


@dataclass(frozen=True)
class Blade:
    """One blade of grass: foot, height, how it leans, and its share in the wind."""

    x: float
    height_px: float
    lean_px: float
    width_px: float
    shift: float
    colour: tuple[float, float, float]


class Fireflies:
    """Grass bends in a slow wind that runs from left to right."""

    duration_s = 10.0

    def __init__(self) -> None:
        rng = np.random.default_rng(37)
        self._still = _night(rng)
        self._halo, self._spark = disc(46, "#c9e86a", 1.0), disc(6, "#fbffd8", 0.7)
        self._stars = [
            (rng.uniform(0, cv.WIDTH), rng.uniform(0, 380), rng.uniform(0.3, 1)) for _ in range(40)
        ]
        self._star = disc(4, "#f2f6ff", 1.0)
        self._flies = [
            Firefly(
                x=rng.uniform(30, cv.WIDTH - 30),
                y=rng.uniform(400, 660),
                roam_px=(rng.uniform(40, 120), rng.uniform(16, 60)),
                turns=(1, int(rng.integers(1, 4))),
                shift=rng.random(),
                breaths=int(rng.integers(2, 5)),
                size=rng.uniform(0.35, 1.0),
            )
            for _ in range(34)
        ]
        # Only the front rows move: they hide how still the dense grass behind them stands.
        _draw(self._still, [_blade(rng, (100, 180), (0.075, 0.18, 0.17)) for _ in range(300)], 0.0)
        _draw(self._still, [_blade(rng, (60, 130), (0.045, 0.12, 0.12)) for _ in range(260)], 0.0)
        self._front = [_blade(rng, (70, 150), (0.035, 0.095, 0.10)) for _ in range(90)]

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        for index, (x, y, strength) in enumerate(self._stars):
            twinkle = 0.5 + 0.5 * cv.wave(phase, 2 + index % 4, index / 9)
            shine(canvas, self._star, x, y, 0.5 + 0.6 * strength, strength * twinkle)
        for fly in self._flies:
            self._glow(canvas, fly, phase)
        _draw(canvas, self._front, phase)
        return canvas

    def _glow(self, canvas: cv.Floats, fly: Firefly, phase: float) -> None:
        x = fly.x + fly.roam_px[0] * cv.wave(phase, fly.turns[0], fly.shift)
        y = fly.y + fly.roam_px[1] * cv.wave(phase, fly.turns[1], fly.shift * 3)
        breath = 0.5 + 0.5 * cv.wave(phase, fly.breaths, fly.shift * 7)
        power = float(0.06 + 0.94 * breath**2)
        shine(canvas, self._halo, x, y, fly.size, 0.42 * power)
        shine(canvas, self._spark, x, y, 0.4 + 0.6 * fly.size, power)


def _night(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky(
        [(0, "#0a1226"), (0.3, "#12254a"), (0.5, "#1f4763"), (0.66, "#3f7a7c"), (1, "#2c5a57")], 60
    )
    xs, ys = cv.grid()
    # The Milky Way: a slanted band, its dust cut out by finer clouds.
    off = (ys - 250 + 0.42 * (xs - 640)) / 105
    dust = cv.soften(cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 190), 3)
    band = (
        np.exp(-(off**2))
        * cv.ease((dust - 0.22) * 1.9)
        * np.clip(1.25 - ys / 400, 0, 1)
        * cv.ease((1190 - xs) / 260)
    )
    cv.light(canvas, cv.rgb("#9fb4ea"), (0.42 * band).astype(np.float32))
    cv.light(canvas, cv.rgb("#e7c9d8"), (0.16 * band * np.exp(-(off**2) * 3)).astype(np.float32))
    for _ in range(620):
        x, y = rng.uniform(0, cv.WIDTH), rng.uniform(0, 1) ** 1.3 * 430
        if rng.random() < 0.5:
            y = 250 - 0.42 * (x - 640) + rng.normal(0, 70)
        if y < 430:
            radius, power = rng.uniform(0.9, 1.9), rng.uniform(0.12, 0.6)
            shine(canvas, disc(radius, "#eef3ff", 0.8), x, y, 1.0, power)
    cv.light(canvas, cv.rgb("#f0d9a0"), 0.22 * cv.glow(640, 480, 150, 1.5, 3.2))
    for base, swing, cell, crown, foot in (
        (462, 90, 380, "#1d4453", "#3b6f6e"),
        (520, 70, 300, "#17393f", "#275653"),
        (590, 40, 420, "#123033", "#1c4542"),
    ):
        bumps = cv.noise(rng, cv.WIDTH, 4, 15)[0] * 12 + cv.noise(rng, cv.WIDTH, 4, 6)[0] * 4
        crest = cv.ridge(rng, base, swing, cell) - bumps
        cv.hill(canvas, crest.astype(np.float32), crown, foot, 90)
        mist = np.exp(-(((ys - base - 66) / 26) ** 2)) * cv.noise(rng, cv.WIDTH, cv.HEIGHT, 260)
        cv.light(canvas, cv.rgb("#8fc0b4"), (0.28 * mist).astype(np.float32))
    return canvas


def _blade(
    rng: np.random.Generator, heights: tuple[float, float], tint: tuple[float, float, float]
) -> Blade:
    x = float(rng.uniform(-20, cv.WIDTH + 20))
    # Taller towards both edges: the meadow opens in the middle.
    taller = 0.75 + 0.6 * abs(x / cv.WIDTH - 0.5) * 2
    light = rng.uniform(0.75, 1.25)
    return Blade(
        x=x,
        height_px=float(rng.uniform(*heights)) * taller,
        lean_px=float(rng.normal(0, 26)),
        width_px=float(rng.uniform(3, 6.5)),
        shift=float(rng.normal(0, 0.05)),
        colour=(tint[0] * light, tint[1] * light, tint[2] * light),
    )


def _draw(canvas: cv.Floats, blades: list[Blade], phase: float) -> None:
    """Grass in one go per blade: a curved, pointed shape with a smooth edge."""
    at = np.linspace(0, 1, 9)
    for blade in blades:
        wind = cv.wave(phase, 1, blade.shift - blade.x / 1400) + 0.35 * cv.wave(
            phase, 3, blade.shift - blade.x / 500
        )
        bend = blade.lean_px + 11 * wind
        xs = blade.x + bend * at**2
        ys = cv.HEIGHT + 8 - blade.height_px * at * (1 - 0.08 * at * abs(bend) / 40)
        half = blade.width_px / 2 * (1 - at) ** 0.7
        left, right = np.stack([xs - half, ys], 1), np.stack([xs + half, ys], 1)
        points = np.concatenate([left, right[::-1]])
        cv2.fillPoly(
            canvas, [np.round(points * 16).astype(np.int32)], blade.colour, cv2.LINE_AA, shift=4
        )
