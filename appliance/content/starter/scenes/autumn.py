"""Autumn: maple leaves falling before ranges of hills in evening haze."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.plants import branch, crown_tree, curve, grove, maple_leaf
from appliance.content.starter.sprite import Fall, blurred, crowd, stamp

TINTS = (("#f7b733", "#e8641b"), ("#f08a24", "#c2331a"), ("#ffd45e", "#f09a22"))
FOLIAGE = (
    (("#d98a55", "#efbb80"), ("#dd935c", "#f3c88c")),
    (("#c06a38", "#eda659"), ("#c4743c", "#f2bd62")),
    (("#9c4425", "#e08a3a"), ("#a8502a", "#efaf48"), ("#8f3a22", "#d2602f")),
    (("#5f2418", "#c65a27"), ("#74331b", "#dd8a2f"), ("#561e16", "#a83c20")),
)
SUN = (830.0, 250.0)


class Autumn:
    """Two ranges and the branch move a little against each other, as if the watcher swayed."""

    duration_s = 10.0

    def __init__(self) -> None:
        rng = np.random.default_rng(33)
        self._still = _evening(rng)
        self._twig = _maple_twig(rng)
        leaves = [maple_leaf(21, *tint) for tint in TINTS]
        far = [blurred(maple_leaf(10, *tint), 0.9) for tint in TINTS]
        near = [blurred(maple_leaf(70, *tint), 8) for tint in TINTS]
        self._leaves = (
            *crowd(rng, far, Fall(26, (120, 210), (-120, -30), (0.7, 1.1), (0.5, 0.8), 26, 1, 2)),
            *crowd(rng, leaves, Fall(17, (260, 380), (-230, -80), (0.8, 1.3), (1, 1), 46, 1, 2)),
            *crowd(rng, near, Fall(4, (620, 800), (-520, -300), (0.9, 1.2), (0.5, 0.7), 50, 1, 1)),
        )

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        sway = 0.010 * cv.wave(phase, 1) + 0.004 * cv.wave(phase, 3, 0.4)
        stamp(canvas, self._twig, 300, 140, angle=sway)
        for leaf in self._leaves:
            leaf.draw(canvas, phase)
        return canvas


def _evening(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky([(0, "#f3b877"), (0.25, "#f9d49a"), (0.5, "#fdebc8"), (1, "#fbe3bb")], 60)
    cv.light(canvas, cv.rgb("#fff1c9"), 0.9 * cv.glow(*SUN, 330, 1.2))
    cv.lay(canvas, cv.rgb("#fffaf0"), 0.96 * cv.glow(*SUN, 62, 22))
    streaks = cv.clouds(rng, cv.WIDTH // 4, cv.HEIGHT * 2, 150)
    wide = cv.soften(np.repeat(streaks[: cv.HEIGHT], 4, axis=1)[:, : cv.WIDTH], 5)
    cv.light(canvas, cv.rgb("#fff3d8"), 0.5 * cv.ease((wide - 0.52) * 4))
    ridges = (
        (372, 120, 460, "#ecb583", "#f8dcae"),
        (430, 130, 380, "#de945f", "#f5cd98"),
        (500, 120, 420, "#c9703f", "#efb77c"),
        (575, 110, 340, "#a54f2a", "#dd9055"),
        (660, 90, 430, "#6f2f1d", "#8f4526"),
    )
    for index, (base, swing, cell, crown, foot) in enumerate(ridges):
        crest = cv.ridge(rng, base, swing, cell)
        cv.hill(canvas, crest, crown, foot, 130)
        if index > 0:
            radius = 1.5 + 5.5 * index
            trees = [crown_tree(rng, radius, shade, top) for shade, top in FOLIAGE[index - 1]]
            grove(canvas, rng, crest, trees, radius * 1.25, -0.35)
        cv.light(canvas, cv.rgb("#ffe6b4"), 0.16 * cv.glow(SUN[0], base + 40, 260, 1.5, 2.4))
    return canvas


def _maple_twig(rng: np.random.Generator) -> cv.Floats:
    """A maple branch from the upper left, as one sprite of 760x420 px."""
    sprite = np.zeros((420, 760, 4), dtype=np.float32)
    paths = [
        (curve([(-20, 90), (170, 60), (330, 190), (520, 150), (650, 240)]), 15.0, 3.0),
        (curve([(240, 118), (300, 210), (380, 250), (430, 330)]), 7.0, 2.0),
        (curve([(80, 82), (140, 170), (190, 200), (230, 300)]), 8.0, 2.0),
        (curve([(360, 150), (470, 80), (540, 70), (640, 90)]), 6.0, 2.0),
    ]
    for path, thick, thin in paths:
        branch(sprite, path, thick, thin, "#4a2c20")
    shaded = [maple_leaf(30, "#c4561f", "#8f2a18"), maple_leaf(26, "#cf7a1e", "#a5401a")]
    lit = [maple_leaf(size, *tint) for size, tint in zip((34, 30, 27), TINTS, strict=True)]
    for layer, share in ((shaded, 0.9), (lit, 0.8)):
        for path, _, _ in paths:
            for at in np.linspace(10, len(path) - 1, 11):
                x, y = path[int(at)] + rng.normal(0, 20, 2) + np.array([0, 14])
                if rng.random() < share:
                    leaf = layer[int(rng.integers(len(layer)))]
                    stamp(sprite, leaf, x, y, angle=rng.normal(np.pi, 0.7))
    return sprite
