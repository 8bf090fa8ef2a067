"""Snow: large slow flakes over fir woods that fade into the white air."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.plants import pine
from appliance.content.starter.sprite import Fall, blurred, coloured, crowd, disc, stamp


class Snow:
    """Four depths of flakes: the nearest are large, soft and quick."""

    duration_s = 10.0

    def __init__(self) -> None:
        rng = np.random.default_rng(35)
        self._still = _woods(rng)
        tiny, small = (
            blurred(disc(1.8, "#ffffff", 0.5), 0.5),
            blurred(disc(3.2, "#ffffff", 0.6), 0.8),
        )
        middle, near = blurred(disc(5.5, "#ffffff", 0.7), 1.8), blurred(disc(17, "#ffffff", 0.8), 7)
        falls = (
            (tiny, Fall(190, (130, 200), (-60, 10), (0.7, 1.1), (0.7, 1.0), 14)),
            (small, Fall(90, (220, 320), (-90, 10), (0.7, 1.1), (0.85, 1.0), 22)),
            (middle, Fall(34, (380, 520), (-150, 0), (0.8, 1.2), (0.7, 0.95), 30)),
            (near, Fall(9, (640, 860), (-260, -60), (0.8, 1.5), (0.4, 0.6), 40)),
        )
        self._flakes = [flake for sprite, fall in falls for flake in crowd(rng, [sprite], fall)]

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        for flake in self._flakes:
            flake.draw(canvas, phase)
        return canvas


def _woods(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky([(0, "#5f7d9f"), (0.35, "#94abc3"), (0.6, "#dcd3d2"), (1, "#d5dde6")], 70)
    cv.light(canvas, cv.rgb("#ffe3c2"), 0.65 * cv.glow(700, 400, 260, 1.5, 2.4))
    cover = cv.soften(cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 300), 8)
    cv.light(canvas, cv.rgb("#ffffff"), 0.22 * cv.ease((cover - 0.45) * 3))
    hills = cv.ridge(rng, 400, 110, 420)
    cv.hill(canvas, hills, "#b4c3d2", "#dfe4ea", 120)
    ranks = (
        (462, 40, 68, 74, "#a3b6c6"),
        (512, 50, 100, 46, "#7f99ac"),
        (568, 60, 150, 26, "#587789"),
        (640, 60, 230, 11, "#36566a"),
    )
    for base, swing, height, count, tint in ranks:
        crest = cv.ridge(rng, base, swing, 520)
        _rank(canvas, rng, crest, (height, count, tint))
        cv.hill(canvas, crest, "#e3ebf3", "#c9d7e4", 100)
        mist = cv.soften(cv.noise(rng, cv.WIDTH, cv.HEIGHT, 240), 20)
        ys = np.arange(cv.HEIGHT, dtype=np.float32)[:, None]
        low = np.exp(-(((ys - base - 12) / 44) ** 2)) * mist
        cv.light(canvas, cv.rgb("#f6f4f2"), (0.40 * low).astype(np.float32))
    front = cv.ridge(rng, 690, 50, 900)
    cv.hill(canvas, front, "#f4f8fc", "#c9d8e6", 70)
    return canvas


def _rank(
    canvas: cv.Floats, rng: np.random.Generator, crest: cv.Floats, look: tuple[float, int, str]
) -> None:
    """One row of firs with snow on their branches; leaves a clearing in the middle."""
    height_px, count, tint = look
    for _ in range(count):
        x = float(rng.uniform(-20, cv.WIDTH + 20))
        if abs(x - 650) < 120 + height_px * 0.9:
            continue
        height = height_px * rng.uniform(0.65, 1.25)
        mask = pine(height, rng)
        body = _snowed(mask, tint, rng)
        foot = float(crest[int(np.clip(x, 0, cv.WIDTH - 1))])
        stamp(canvas, coloured(mask, body), x, foot - height * 0.42)


def _snowed(mask: cv.Floats, tint: str, rng: np.random.Generator) -> cv.Floats:
    """A fir's colours: snow along the drooping tiers of branches and on every upper edge."""
    height, width = mask.shape
    shift = max(2, height // 40)
    edges = cv.soften(np.clip(mask - np.roll(mask, shift, axis=0), 0, 1), 0.8)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    droop = (ys - 0.30 * np.abs(xs - width / 2)) / height * 9.4
    band = np.exp(-((((droop + 0.5) % 1.0 - 0.5) / 0.20) ** 2))
    patchy = cv.ease((cv.noise(rng, width, height, max(height / 22, 3.0)) - 0.30) * 3)
    snow = np.clip(0.9 * edges + 0.62 * band * patchy, 0, 1)[..., None]
    depth = np.linspace(1.12, 0.86, height, dtype=np.float32)[:, None, None]
    green = cv.rgb(tint) * depth
    return np.asarray(green + (cv.rgb("#f4f8fb") - green) * snow, dtype=np.float32)
