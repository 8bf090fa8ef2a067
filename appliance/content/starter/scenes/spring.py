"""Spring: a cherry branch in the sun, petals drifting over hazy hills."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.plants import blossom, branch, crown_tree, curve, grove, petal
from appliance.content.starter.sprite import Fall, blurred, coloured, crowd, stamp

PINK = ("#f7a9bd", "#fff0f2", "#c9486d")


class Spring:
    """Petals fall in three depths; the branch sways about the corner it grows from."""

    duration_s = 10.0

    def __init__(self) -> None:
        rng = np.random.default_rng(31)
        self._still = _landscape(rng)
        self._branch = _blossoming(rng)
        small = petal(20, PINK[0], PINK[1])
        near = blurred(petal(64, PINK[0], PINK[1]), 7)
        far = blurred(petal(13, PINK[0], "#ffffff"), 0.8)
        self._far = crowd(
            rng, [far], Fall(46, (110, 190), (-230, -120), (0.7, 1.0), (0.5, 0.8), 22, 1, 2)
        )
        self._middle = crowd(
            rng, [small], Fall(26, (220, 340), (-420, -240), (0.8, 1.2), (0.85, 1.0), 34, 1, 3)
        )
        self._near = crowd(
            rng, [near], Fall(7, (520, 760), (-900, -600), (0.8, 1.3), (0.35, 0.55), 40, 1, 2)
        )

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        for drifter in self._far:
            drifter.draw(canvas, phase)
        sway = 0.008 * cv.wave(phase, 1) + 0.003 * cv.wave(phase, 3, 0.2)
        stamp(canvas, self._branch, 860, 190, angle=sway)
        for drifter in (*self._middle, *self._near):
            drifter.draw(canvas, phase)
        return canvas


def _landscape(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky([(0, "#9fc6e6"), (0.35, "#cfe2f0"), (0.62, "#fbeceb"), (1, "#fbdfe0")], 60)
    cv.light(canvas, cv.rgb("#fff6dc"), 0.75 * cv.glow(250, 130, 330, 1.5))
    mist = cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 360)
    cv.light(canvas, cv.rgb("#ffffff"), 0.5 * cv.ease((cv.soften(mist, 14) - 0.42) * 2.2))
    ridges = (
        (430, 90, 420, "#b9cbe0", "#e6e4ea"),
        (490, 90, 330, "#a9c3c9", "#e3e6e0"),
        (560, 80, 300, "#9fc0a6", "#dfe8cf"),
        (640, 60, 380, "#86b184", "#bcd6a2"),
    )
    for base, swing, cell, crown, foot in ridges:
        crest = cv.ridge(rng, base, swing, cell)
        cv.hill(canvas, crest, crown, foot, 150)
        radius = 5 + (base - 430) / 13
        trees = [crown_tree(rng, radius, "#dd93ab", "#fff6f4") for _ in range(5)]
        grove(canvas, rng, crest, trees, radius * 1.3, 0.15)
    cv.light(canvas, cv.rgb("#fff2e0"), 0.30 * cv.glow(250, 420, 420, 1.6, 2.2))
    return canvas


def _blossoming(rng: np.random.Generator) -> cv.Floats:
    """A branch from the upper right, as one sprite of 960x460 px, its far twigs out of focus."""
    sprite = np.zeros((460, 960, 4), dtype=np.float32)
    bough = curve([(980, 8), (800, 40), (640, 190), (430, 80), (210, 190)])
    # Twigs start on the bough itself.
    first, second, third = (tuple(bough[at].tolist()) for at in (14, 27, 36))
    paths = [
        (bough, 20.0, 3.0),
        (curve([first, (760, 200), (690, 180), (590, 320)]), 10.0, 2.0),
        (curve([second, (560, 130), (520, 320), (300, 330)]), 9.0, 2.0),
        (curve([third, (420, 130), (360, 10), (180, 70)]), 6.0, 2.0),
    ]
    for path, thick, thin in paths:
        branch(sprite, path, thick, thin, "#5a4038")
    flowers = [blossom(size, 5, *PINK) for size in (17, 21, 25, 29)]
    shaded = [_darker(flower, 0.88) for flower in flowers]
    for layer in (shaded, flowers):
        for path, thick, _ in paths:
            for at in np.linspace(6, len(path) - 1, 24):
                spread = 12 + 0.5 * thick
                x, y = path[int(at)] + rng.normal(0, spread, 2)
                if rng.random() < 0.86:
                    flower = layer[int(rng.integers(len(layer)))]
                    stamp(sprite, flower, x, y, angle=rng.uniform(0, 6.3))
    return sprite


def _darker(sprite: cv.Floats, share: float) -> cv.Floats:
    colour = sprite[..., :3] * np.array([share, share * 0.93, share * 0.97], dtype=np.float32)
    return coloured(sprite[..., 3], colour / np.maximum(sprite[..., 3:], 1e-3))
