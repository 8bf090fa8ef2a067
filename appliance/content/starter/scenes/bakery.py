"""Advertisement for watchers who look sad: a warm loaf under evening lights."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.lettering import SERIF, Words, headline
from appliance.content.starter.plants import branch, curve
from appliance.content.starter.sprite import coloured, disc, outline, shine, stamp
from appliance.content.starter.steam import Steam

WORDS = Words("온기 제과점", "Ongi Bakery", "따뜻한 한 조각, 천천히 드세요", "#f8ecd6", SERIF)


class Bakery:
    """Lamps breathe, steam rises; nothing else moves: the picture is meant to calm."""

    duration_s = 12.0

    def __init__(self) -> None:
        rng = np.random.default_rng(42)
        self._still = _room(rng)
        stamp(self._still, _loaf(rng), 640, 530)
        for x, lean in ((300, 0.42), (352, 0.62), (985, -0.5), (936, -0.7)):
            stamp(self._still, _wheat(), x, 585, angle=lean + np.copysign(0.75, lean))
        headline(self._still, WORDS)
        self._steam = Steam(rng, 420, 230)
        lamps = np.concatenate([np.linspace(-10, 400, 7), np.linspace(880, 1290, 7)])
        self._lamps = [
            (float(x), 62 + 60 * np.sin(np.pi * ((x % 440) / 440)) + rng.uniform(-5, 5), index)
            for index, x in enumerate(lamps)
        ]
        self._halo, self._bulb = disc(74, "#ffae52", 1.0), disc(10, "#fff0cb", 0.8)
        self._bokeh = [
            (rng.uniform(0, cv.WIDTH), rng.uniform(180, 480), rng.uniform(0.5, 1.3), rng.random())
            for _ in range(22)
        ]
        self._blot = disc(34, "#f2a93b", 0.22)

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        for index, (x, y, scale, shift) in enumerate(self._bokeh):
            if abs(x - 640) < 260:
                continue
            breath = 0.75 + 0.25 * cv.wave(phase, 1 + index % 2, shift)
            shine(canvas, self._blot, x + 7 * cv.wave(phase, 1, shift), y, scale, 0.085 * breath)
        for x, y, index in self._lamps:
            breath = 0.85 + 0.15 * cv.wave(phase, 1 + index % 3, index * 0.37)
            swing = 2.0 * cv.wave(phase, 1, index * 0.13)
            shine(canvas, self._halo, x + swing, y, 0.8, 0.27 * breath)
            shine(canvas, self._bulb, x + swing, y, 1.0, 0.95 * breath)
        self._steam.draw(canvas, phase, 640, 478, 0.30)
        return canvas


def _room(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky([(0, "#2a1812"), (0.4, "#4a2a1a"), (0.78, "#7a4826"), (1, "#7a4826")], 70)
    cv.light(canvas, cv.rgb("#f2a93b"), 0.42 * cv.glow(640, 470, 300, 1.6, 1.5))
    xs, ys = cv.grid()
    table = np.clip((ys - 588) / 1.5, 0, 1)
    streaks = cv.noise(rng, cv.WIDTH // 8, cv.HEIGHT, 7)
    grain = np.repeat(streaks, 8, axis=1)[: cv.HEIGHT, : cv.WIDTH] - 0.5
    grain = cv.soften(grain, 2.0)
    wood = cv.ramp([(0.8, "#8f5a30"), (1, "#4a2a18")], (ys / cv.HEIGHT).astype(np.float32))
    wood *= (1 + 0.28 * grain)[..., None]
    cv.lay(canvas, wood.astype(np.float32), table.astype(np.float32))
    cv.light(canvas, cv.rgb("#ffc878"), 0.34 * cv.glow(640, 610, 120, 1.5, 3.6) * table)
    rim = np.exp(-(((ys - 590) / 2.2) ** 2)) * np.exp(-(((xs - 640) / 430) ** 2))
    cv.light(canvas, cv.rgb("#ffd9a0"), (0.5 * rim).astype(np.float32))
    board = cv.ease((1 - np.hypot((xs - 640) / 330, (ys - 612) / 36)) * 26)
    cv.lay(canvas, cv.rgb("#2f1a10"), 0.5 * cv.soften(np.roll(board, 14, axis=0), 9))
    cv.lay(canvas, cv.rgb("#6e4022"), np.roll(board, 8, axis=0))
    plank = cv.ramp([(0, "#d39a5c"), (1, "#a86d38")], np.clip((xs - 310) / 660, 0, 1))
    cv.lay(canvas, plank * (1 + 0.16 * grain)[..., None], board)
    contact = cv.glow(640, 606, 25, 2.0, 9.6)
    cv.lay(canvas, cv.rgb("#2f170b"), 0.75 * contact * board)
    return np.asarray(canvas * cv.vignette(0.45), dtype=np.float32)


def _loaf(rng: np.random.Generator) -> cv.Floats:
    """A round loaf with four cuts, floured; sprite of 520x270 px."""
    width, height = 520, 270
    turn = np.linspace(0, cv.TAU, 200)
    # A dome: flat below, high above.
    low = np.maximum(np.sin(turn), 0) ** 0.55 * 74
    up = np.minimum(np.sin(turn), 0) * 124
    shape = np.stack([np.cos(turn) * 228, low + up], axis=1)
    shape[:, 0] *= 1 + 0.02 * np.sin(turn * 3)
    mask = outline((shape + np.array([260, 140])).astype(np.float32), (width, height))
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    lit = np.hypot((xs - 215) / 250, (ys - 62) / 150)
    crust = cv.clouds(rng, width, height, 46) - 0.5
    place = np.clip(lit * 0.86 + 0.24 * crust, 0, 1.25).astype(np.float32)
    body = cv.ramp([(0, "#f3c27c"), (0.35, "#d98f43"), (0.75, "#a85a25"), (1.2, "#5f2c13")], place)
    for cut in range(4):
        middle = 150 + cut * 76
        # The cuts follow the dome: they lean outwards and bend.
        bow = middle + (ys - 120) * (0.30 + 0.05 * (1.5 - cut)) + 0.0016 * (ys - 110) ** 2
        off = xs - bow
        span = cv.ease((ys - 30) / 34) * cv.ease((188 - ys) / 40)
        half = 15 * span + 1e-3
        inner = np.exp(-((off / half) ** 4)) * span
        crumb = cv.ramp([(0, "#fbe3b4"), (1, "#e5b169")], np.clip(ys / 200, 0, 1))
        body += (crumb * (1 + 0.2 * crust)[..., None] - body) * (0.85 * inner)[..., None]
        lip = np.exp(-(((off - half - 3) / 4) ** 2)) * span
        body *= (1 - 0.38 * lip)[..., None]
    flour = cv.ease((cv.clouds(rng, width, height, 26) - 0.42) * 2.6) * np.exp(
        -(((ys - 60) / 70) ** 2)
    )
    body += (cv.rgb("#fff6e6") - body) * (0.24 * flour)[..., None]
    body *= (1 - 0.45 * cv.ease((ys - 165) / 75))[..., None]
    return coloured(mask, np.clip(body, 0, 1).astype(np.float32))


def _wheat() -> cv.Floats:
    """An ear of wheat on its stalk, upright; sprite of 90x330 px."""
    sprite = np.zeros((330, 90, 4), dtype=np.float32)
    branch(sprite, curve([(45, 328), (44, 200), (46, 40)]), 4.0, 2.0, "#b98a45")
    turn = np.linspace(0, cv.TAU, 40)
    grain = np.stack([np.sin(turn) * 6.5, np.cos(turn) * 15], axis=1)
    kernel = outline((grain + np.array([9, 18])).astype(np.float32), (18, 36))
    shade = np.linspace(1.1, 0.8, 18, dtype=np.float32)[None, :, None] * np.ones((36, 1, 1))
    seed = coloured(kernel, np.clip(cv.rgb("#dcae5f") * shade, 0, 1).astype(np.float32))
    for row in range(9):
        for side in (-1, 1):
            stamp(sprite, seed, 45 + side * 8.5, 150 - row * 14.5, angle=side * 0.42)
    stamp(sprite, seed, 45.5, 14)
    return sprite
