"""Summer: a quiet turquoise sea, the sun's path on it, foam that breathes on the sand."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.sprite import coloured, disc, outline, stamp
from appliance.content.starter.water import Swell, Water

HORIZON_PX = 318
SHORE_PX = 596
SUN_X = 900.0


class Summer:
    """The sea is computed for every frame; sky, sand and boat are painted once."""

    duration_s = 10.0

    def __init__(self) -> None:
        rng = np.random.default_rng(32)
        self._still = _sky(rng)
        self._water = Water(rng, Swell(HORIZON_PX, 0.35, 9.0, 0.9))
        rows = cv.HEIGHT - HORIZON_PX
        down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
        self._deep = cv.ramp(
            [(0, "#3f93b8"), (0.25, "#2f96b4"), (0.6, "#3fb6bd"), (1, "#8fded0")], down
        )
        self._bright = cv.ramp([(0, "#a6dcec"), (0.3, "#7ed0dd"), (1, "#d5f7e6")], down)
        xs = np.arange(cv.WIDTH, dtype=np.float32)[None, :]
        self._path = np.exp(-(((xs - SUN_X) / (70 + 300 * down)) ** 2)) * (1 - 0.55 * down)
        self._boat = _sailing_boat()
        self._shore_line = cv.ridge(rng, SHORE_PX, 60, 520)
        self._shore_line += np.linspace(70, -46, cv.WIDTH, dtype=np.float32)
        # Foam holds together in a web: bright along the level line of some noise.
        web = cv.clouds(rng, cv.WIDTH, cv.HEIGHT * 2, 74)[::2] - 0.5
        self._lace = np.exp(-((web / 0.045) ** 2)).astype(np.float32)
        self._sand = _sand(rng)

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        slope = self._water.slope(phase)
        lit = cv.ease(0.42 + 0.42 * slope)[..., None]
        sea = self._deep + (self._bright - self._deep) * lit
        glint = cv.ease((slope - 0.18) * 1.5) * self._path
        sea += (1 - sea) * (cv.rgb("#fff3cf") * (0.95 * glint + 0.22 * self._path)[..., None])
        canvas[HORIZON_PX:] = sea
        rise = 2.2 * cv.wave(phase, 2)
        stamp(canvas, self._boat, 352, HORIZON_PX - 19 + rise, angle=0.03 * cv.wave(phase, 2, 0.2))
        self._wash(canvas, phase)
        return canvas

    def _wash(self, canvas: cv.Floats, phase: float) -> None:
        """Sand, and a thin sheet of water that runs up and back once a loop."""
        top = SHORE_PX - 90
        reach = 20 * cv.wave(phase, 1) + 5 * cv.wave(phase, 2, 0.3)
        xs = np.arange(cv.WIDTH, dtype=np.float32)
        edge = self._shore_line + reach + 5 * np.sin(xs / 90 + cv.TAU * phase)
        ys = np.arange(top, cv.HEIGHT, dtype=np.float32)[:, None]
        inland = ys - edge[None, :]
        region, sand = canvas[top:], self._sand[top:]
        # Sand the last wave has wetted is darker and mirrors a little sky.
        highest = self._shore_line + 30 - ys
        wet = cv.ease(highest / 34 + 0.6)[..., None]
        sand = sand * (1 - 0.17 * wet) + cv.rgb("#9fd5dc") * (0.10 * wet)
        shallow = cv.ease(np.clip(1 + inland / 110, 0, 1))[..., None] * 0.72
        region += (sand - region) * shallow * (inland < 0)[..., None]
        region += (sand - region) * np.clip(inland + 0.5, 0, 1)[..., None]
        foam = np.exp(-(((inland + 5) / 5.0) ** 2)) * 0.95
        behind = np.clip(-inland / 70, 0, 1)
        foam += self._lace[top:] * cv.ease(behind * 6) * (1 - behind) ** 1.5 * 0.75
        region += (1 - region) * np.clip(foam, 0, 1)[..., None] * 0.92


def _sky(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky(
        [(0, "#3f9bd8"), (0.22, "#7cc3ea"), (0.40, "#cfeaf2"), (0.45, "#fdf3dd"), (1, "#fdf3dd")],
        26,
    )
    cv.light(canvas, cv.rgb("#fff4cf"), 0.95 * cv.glow(SUN_X, 130, 210, 1.3))
    cv.light(canvas, cv.rgb("#fffdf2"), cv.glow(SUN_X, 130, 46, 5))
    _cumulus(canvas, rng)
    far = cv.ridge(rng, HORIZON_PX + 4, 46, 420)
    far = np.where(np.arange(cv.WIDTH) > 700, HORIZON_PX + 5, far).astype(np.float32)
    far = np.minimum(far + np.maximum(np.arange(cv.WIDTH) - 520, 0) * 0.12, HORIZON_PX + 5)
    cv.hill(canvas, far.astype(np.float32), "#8fb9cf", "#b5d6de", 40)
    return canvas


def _cumulus(canvas: cv.Floats, rng: np.random.Generator) -> None:
    """Heaped clouds over the horizon: white domes on a flat, blue-grey foot."""
    heaps = ((210, 262, 250, 74), (505, 276, 150, 40), (1130, 270, 210, 58), (700, 280, 90, 22))
    wisps = ((420, 120, 170, 20), (1180, 96, 120, 16), (90, 86, 110, 14))
    for x, foot, half, height in (*heaps, *wisps):
        mask = np.zeros((cv.HEIGHT, cv.WIDTH, 4), dtype=np.float32)
        for _ in range(70):
            off = float(np.clip(rng.normal(0, 0.42), -1, 1))
            dome = height * (1 - off * off) * rng.uniform(0.35, 1.0)
            puff = disc(height * rng.uniform(0.14, 0.34) * (1.15 - abs(off)), "#ffffff", 0.35)
            stamp(mask, puff, x + off * half, foot - dome)
        ys = np.arange(cv.HEIGHT, dtype=np.float32)[:, None]
        # High wisps are thin ice, without the edges of the heaps below.
        soft = cv.soften(mask[..., 3], 2.2 if height > 21 else 7.0) * cv.ease(
            (foot - ys) / (0.55 * height) + 0.5
        )
        lobes = cv.clouds(rng, cv.WIDTH, cv.HEIGHT, height * 0.9) - 0.5
        low = np.clip((ys - foot + height) / height + 1.1 * lobes, 0, 1)
        shade = cv.ramp([(0, "#ffffff"), (0.5, "#fbf7f1"), (1, "#bcd7ea")], low.astype(np.float32))
        cv.lay(canvas, shade, soft * 0.95)


def _sailing_boat() -> cv.Floats:
    sprite = np.zeros((64, 64, 4), dtype=np.float32)
    parts = (
        ([(31, 4), (31, 46), (9, 46)], "#fffdf6"),
        ([(34, 10), (34, 46), (52, 46)], "#f3e7d2"),
        ([(6, 49), (56, 49), (47, 58), (14, 58)], "#c9573f"),
        ([(31.6, 2), (33.2, 2), (33.2, 50), (31.6, 50)], "#7a5a44"),
    )
    for points, colour in parts:
        part = coloured(outline(np.array(points, dtype=np.float32), (64, 64)), cv.rgb(colour))
        stamp(sprite, part, 31.5, 31.5)
    return sprite


def _sand(rng: np.random.Generator) -> cv.Floats:
    sand = cv.sky([(0, "#f4dfb4"), (0.8, "#f2d9a8"), (1, "#e6c58e")])
    grain = cv.noise(rng, cv.WIDTH, cv.HEIGHT, 3) - 0.5
    dunes = cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 170) - 0.5
    return np.asarray(sand * (1 + 0.05 * grain + 0.10 * dunes)[..., None], dtype=np.float32)
