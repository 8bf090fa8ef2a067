"""Winter: a moonlit night over snowy hills; one house is awake."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.plants import pine
from appliance.content.starter.sprite import (
    Fall,
    blurred,
    coloured,
    crowd,
    disc,
    outline,
    shine,
    stamp,
)

MOON = (930.0, 150.0)
HOUSE = (428.0, 505.0)


class Winter:
    """Stars twinkle, smoke rises from the chimney, a little snow floats by."""

    duration_s = 12.0

    def __init__(self) -> None:
        rng = np.random.default_rng(34)
        self._still = _night(rng)
        self._stars = [
            (rng.uniform(0, cv.WIDTH), rng.uniform(0, 330) ** 1.0, rng.uniform(0.3, 1.0))
            for _ in range(46)
        ]
        self._star = disc(4, "#eaf2ff", 1.0)
        self._warmth = disc(150, "#ffb65c", 1.0)
        self._puff = disc(26, "#aebfe0", 1.0)
        flakes = [blurred(disc(2.2, "#eef4ff", 0.6), 0.6), blurred(disc(3.4, "#eef4ff", 0.8), 1.4)]
        self._flakes = crowd(
            rng, flakes, Fall(54, (150, 260), (-70, 40), (0.6, 1.1), (0.35, 0.8), 22)
        )

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        for index, (x, y, strength) in enumerate(self._stars):
            twinkle = 0.55 + 0.45 * cv.wave(phase, 2 + index % 4, index / 7)
            shine(canvas, self._star, x, y, 0.5 + strength * 0.6, strength * twinkle)
        for index in range(9):
            life = (phase * 2 + index / 9) % 1.0
            drift = 34 * life + 7 * np.sin(4.5 * life + cv.TAU * phase)
            faint = 0.30 * np.sin(np.pi * life) ** 0.8 * (1 - 0.6 * life)
            x, y = HOUSE[0] + 31 + drift, HOUSE[1] - 62 - 120 * life
            stamp(canvas, self._puff, x, y, scale=0.25 + 1.1 * life, opacity=float(faint))
        flicker = 0.26 + 0.02 * cv.wave(phase, 3) + 0.015 * cv.wave(phase, 7, 0.3)
        shine(canvas, self._warmth, HOUSE[0], HOUSE[1] + 12, 1.0, flicker)
        for flake in self._flakes:
            flake.draw(canvas, phase)
        return canvas


def _night(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky(
        [(0, "#0b1430"), (0.3, "#1d3361"), (0.5, "#3f5f95"), (0.62, "#8299c4"), (1, "#93a8cf")], 50
    )
    for _ in range(240):
        x, y = rng.uniform(0, cv.WIDTH), rng.uniform(0, 1) ** 1.4 * 400
        shine(
            canvas, disc(rng.uniform(1.0, 2.2), "#dfe9ff", 0.8), x, y, 1.0, rng.uniform(0.15, 0.6)
        )
    cv.light(canvas, cv.rgb("#9db8ea"), 0.42 * cv.glow(*MOON, 240, 1.2))
    cv.light(canvas, cv.rgb("#fdf4dc"), cv.glow(*MOON, 41, 24))
    seas = cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 34)
    cv.lay(canvas, cv.rgb("#dcd6cb"), 0.4 * cv.ease((seas - 0.42) * 2.5) * cv.glow(*MOON, 37, 14))
    ridges = (
        (440, 130, 420, "#5d77aa", "#8fa5d0", 0),
        (505, 80, 520, "#8aa0cc", "#b7c6e4", 11),
        (560, 70, 640, "#a9bbdf", "#cfdaf0", 0),
        (650, 70, 760, "#c3d1ec", "#dfe8f7", 0),
    )
    for index, (base, swing, cell, crown, foot, trees) in enumerate(ridges):
        crest = cv.ridge(rng, base, swing, cell)
        if index == 1:
            _forest(canvas, rng, crest, 70)
        if index == 2:
            crest = np.minimum(crest, _terrace(crest))
            _forest(canvas, rng, crest + 6, trees)
        cv.hill(canvas, crest, crown, foot, 130)
        rim = np.exp(-(((np.arange(cv.HEIGHT)[:, None] - crest[None, :] - 2) / 4) ** 2))
        near_moon = np.exp(-(((np.arange(cv.WIDTH) - MOON[0]) / 420) ** 2))[None, :]
        cv.light(canvas, cv.rgb("#e8f0ff"), (0.26 * rim * (0.15 + near_moon)).astype(np.float32))
        if index == 2:
            stamp(canvas, _house(), HOUSE[0], HOUSE[1])
            pool = cv.glow(HOUSE[0], HOUSE[1] + 62, 34, 1.4, 4.2) * cv.below(crest)
            cv.light(canvas, cv.rgb("#ffc374"), (0.55 * pool).astype(np.float32))
    _foreground(canvas, rng)
    return canvas


def _terrace(crest: cv.Floats) -> cv.Floats:
    """Level ground for the house."""
    xs = np.arange(cv.WIDTH, dtype=np.float32)
    return np.asarray(HOUSE[1] + 46 + np.maximum(np.abs(xs - HOUSE[0]) - 90, 0) ** 1.4 * 0.06)


def _forest(canvas: cv.Floats, rng: np.random.Generator, crest: cv.Floats, count: int) -> None:
    for _ in range(count):
        x = float(rng.uniform(0, cv.WIDTH))
        height = rng.uniform(26, 52)
        tree = coloured(
            pine(height, rng), cv.mix(cv.rgb("#31497c"), cv.rgb("#4a639a"), rng.random())
        )
        foot = float(crest[min(int(x), cv.WIDTH - 1)])
        stamp(canvas, tree, x, foot - height * 0.36)


def _foreground(canvas: cv.Floats, rng: np.random.Generator) -> None:
    """Tall dark firs at both edges frame the view; snow lies on them."""
    for x, foot, height in ((70, 700, 400), (190, 716, 270), (1150, 712, 330), (1240, 724, 450)):
        mask = pine(height, rng)
        ys = np.linspace(0, 1, mask.shape[0], dtype=np.float32)[:, None]
        body = cv.ramp([(0, "#2a4173"), (1, "#16264d")], ys * np.ones_like(mask))
        snow = np.clip(mask - np.roll(mask, max(3, int(height / 60)), axis=0), 0, 1)
        body += (cv.rgb("#c7d6f2") - body) * (0.75 * cv.soften(snow, 1.0))[..., None]
        stamp(canvas, coloured(mask, body), x, foot - height / 2)


def _house() -> cv.Floats:
    """A small house under snow, three lit windows; sprite of 170x130 px, ground at its foot."""
    sprite = np.zeros((130, 170, 4), dtype=np.float32)
    parts = (
        ([(108, 8), (122, 8), (122, 50), (108, 50)], "#3a3350"),
        ([(106, 4), (124, 4), (124, 11), (106, 11)], "#e6eefb"),
        ([(32, 56), (138, 56), (138, 112), (32, 112)], "#4b3a4a"),
        ([(18, 62), (85, 14), (152, 62), (138, 62), (32, 62)], "#e9f0fc"),
        ([(30, 62), (140, 62), (134, 67), (36, 67)], "#8ea3cf"),
        ([(46, 76), (66, 76), (66, 96), (46, 96)], "#ffd98a"),
        ([(104, 76), (124, 76), (124, 96), (104, 96)], "#ffd98a"),
        ([(77, 78), (93, 78), (93, 112), (77, 112)], "#f0a95a"),
        ([(55, 76), (57, 76), (57, 96), (55, 96)], "#6b4a3c"),
        ([(113, 76), (115, 76), (115, 96), (113, 96)], "#6b4a3c"),
    )
    for points, colour in parts:
        mask = outline(np.array(points, dtype=np.float32), (170, 130))
        stamp(sprite, coloured(mask, cv.rgb(colour)), 84.5, 64.5)
    return sprite
