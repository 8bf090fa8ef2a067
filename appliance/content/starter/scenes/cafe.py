"""Advertisement for watchers in an even mood: coffee and books in the afternoon's window light."""

from __future__ import annotations

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.lettering import SERIF, Words, headline
from appliance.content.starter.plants import branch, curve
from appliance.content.starter.sprite import blurred, coloured, outline, stamp
from appliance.content.starter.steam import Steam

WORDS = Words("느린 오후", "Coffee & Books", "한 모금, 한 페이지, 천천히", "#f7f2e4", SERIF)
TABLE_PX = 596


class Cafe:
    """Leaf shadows move in the light on the wall; steam curls from the cup."""

    duration_s = 12.0

    def __init__(self) -> None:
        rng = np.random.default_rng(43)
        self._wall = _wall(rng)
        self._panes = _window_light()
        self._twigs = [
            (blurred(_shadow_twig(rng), 3.5), x, y, angle, shift)
            for x, y, angle, shift in (
                (330, 130, 0.25, 0.0),
                (520, 330, -0.35, 0.3),
                (860, 150, 0.5, 0.55),
                (250, 400, -0.1, 0.8),
            )
        ]
        things = np.zeros((cv.HEIGHT, cv.WIDTH, 4), dtype=np.float32)
        _lay_table(things, rng)
        self._things = things
        self._steam = Steam(rng, 200, 190)

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        shade = np.zeros((cv.HEIGHT, cv.WIDTH, 4), dtype=np.float32)
        for twig, x, y, angle, shift in self._twigs:
            lean = angle + 0.05 * cv.wave(phase, 1, shift) + 0.015 * cv.wave(phase, 3, shift)
            stamp(shade, twig, x + 5 * cv.wave(phase, 1, shift + 0.1), y, angle=lean)
        canvas = self._wall.copy()
        cv.light(canvas, cv.rgb("#fff0c4"), 0.46 * self._panes * (1 - 0.8 * shade[..., 3]))
        canvas *= 1 - self._things[..., 3:]
        canvas += self._things[..., :3]
        self._steam.draw(canvas, phase, 640, 480, 0.55)
        headline(canvas, WORDS)
        return canvas


def _wall(rng: np.random.Generator) -> cv.Floats:
    wall = cv.sky(
        [(0, "#2c483f"), (0.33, "#3a5d51"), (0.62, "#6d9283"), (0.85, "#7fa594"), (1, "#7fa594")],
        80,
    )
    plaster = cv.clouds(rng, cv.WIDTH, cv.HEIGHT, 240) - 0.5
    return np.asarray(wall * (1 + 0.07 * plaster)[..., None] * cv.vignette(0.32), dtype=np.float32)


def _window_light() -> cv.Floats:
    """Six panes of sunlight, slanted, blurred like real ones at some distance."""
    mask = np.zeros((cv.HEIGHT, cv.WIDTH), dtype=np.float32)
    for column in range(3):
        for row in range(2):
            x, y = 190 + column * 260, 30 + row * 270 + column * 34
            corners = np.array(
                [(x, y), (x + 232, y + 31), (x + 168, y + 278), (x - 64, y + 247)], dtype=np.float32
            )
            mask = np.maximum(mask, outline(corners, (cv.WIDTH, cv.HEIGHT)))
    # The light stays faint behind the words, so that they can be read from afar.
    return cv.soften(mask, 7) * (1 - 0.86 * cv.glow(640, 130, 130, 4, 1.9))


def _shadow_twig(rng: np.random.Generator) -> cv.Floats:
    """A twig with long leaves, all in one dark tone; sprite of 460x300 px."""
    sprite = np.zeros((300, 460, 4), dtype=np.float32)
    stem = curve([(10, 260), (150, 200), (290, 160), (450, 60)])
    branch(sprite, stem, 6, 2, "#203a33")
    leaf = coloured(_leaf_mask(96, 30), cv.rgb("#203a33"))
    for at in range(6, 58, 5):
        x, y = stem[at]
        side = 1 if at % 2 else -1
        angle = 1.0 + side * rng.uniform(0.6, 1.0)
        reach = 44.0
        stamp(sprite, leaf, x + reach * np.sin(angle), y - reach * np.cos(angle), angle=angle)
    return sprite


def _leaf_mask(length_px: int, width_px: int) -> cv.Floats:
    along = np.linspace(0, 1, 40)
    half = np.sin(np.pi * along**0.85) * width_px / 2
    left = np.stack([width_px / 2 + 2 - half, length_px * (1 - along)], axis=1)
    right = np.stack([width_px / 2 + 2 + half, length_px * (1 - along)], axis=1)
    points = np.concatenate([left, right[::-1]]).astype(np.float32)
    return outline(points, (width_px + 4, length_px + 2))


def _lay_table(things: cv.Floats, rng: np.random.Generator) -> None:
    """Table, cup, books and vase, with their shadows, onto one see-through sheet."""
    xs, ys = cv.grid()
    top = np.clip(ys - TABLE_PX + 0.5, 0, 1)
    streaks = cv.noise(rng, cv.WIDTH // 10, cv.HEIGHT, 6)
    grain = cv.soften(np.repeat(streaks, 10, axis=1)[:, : cv.WIDTH], 2.2) - 0.5
    wood = cv.ramp([(0.82, "#d8ab76"), (1, "#9a6b41")], (ys / cv.HEIGHT).astype(np.float32))
    wood = wood * (1 + 0.16 * grain)[..., None]
    wood += (0.16 * np.exp(-(((ys - TABLE_PX - 2) / 3) ** 2)))[..., None]
    for x, y, half in ((662, 632, 150), (1010, 628, 160), (290, 628, 84)):
        pool = np.exp(-((((xs - x) / half) ** 2 + ((ys - y) / 15) ** 2) ** 1.2))
        wood *= (1 - 0.45 * pool)[..., None]
    stamp(
        things,
        coloured(top.astype(np.float32), np.clip(wood, 0, 1).astype(np.float32)),
        639.5,
        359.5,
    )
    stamp(things, _cup(), 640, 546)
    for index, (width, height, tint) in enumerate(
        ((250, 38, "#a8584a"), (226, 32, "#f2a93b"), (236, 36, "#4f6f95"), (190, 27, "#efe6d0"))
    ):
        foot = 626 - (0, 38, 70, 106)[index]
        book = _book(width, height, tint)
        stamp(things, book, 1000 + (0, 10, -8, 4)[index], foot - height / 2)
    stamp(things, _vase(rng), 280, 456)


def _cup() -> cv.Floats:
    """A cream cup on its saucer, seen from slightly above; sprite of 320x200 px."""
    size = (320, 200)
    sprite = np.zeros((200, 320, 4), dtype=np.float32)
    xs, ys = np.meshgrid(np.arange(320, dtype=np.float32), np.arange(200, dtype=np.float32))
    side = np.clip(xs / 320, 0, 1)

    def ellipse(x: float, y: float, across: float, high: float) -> cv.Floats:
        turn = np.linspace(0, cv.TAU, 120)
        points = np.stack([x + across * np.cos(turn), y + high * np.sin(turn)], axis=1)
        return outline(points.astype(np.float32), size)

    def put(mask: cv.Floats, left: str, right: str) -> None:
        tone = cv.ramp([(0.15, left), (0.55, left), (0.95, right)], side.astype(np.float32))
        stamp(sprite, coloured(mask, tone), 159.5, 99.5)

    put(ellipse(160, 165, 138, 20), "#d9cbb2", "#a08c6e")
    put(ellipse(160, 160, 138, 19), "#fffaf0", "#d8c7a8")
    put(ellipse(160, 160, 96, 11), "#e2d5bd", "#bfae90")
    turn = np.linspace(-1.45, 1.5, 50)
    outer = np.stack([236 + 46 * np.cos(turn), 88 + 36 * np.sin(turn)], axis=1)
    inner = np.stack([236 + 29 * np.cos(turn), 88 + 21 * np.sin(turn)], axis=1)
    put(
        outline(np.concatenate([outer, inner[::-1]]).astype(np.float32), size), "#fff7e8", "#d3c09d"
    )
    down = np.linspace(0, 1, 40)
    half = 92 * (1 - 0.06 * down) * (1 - down**3.2 * 0.52)
    left = np.stack([160 - half, 44 + 118 * down], axis=1)
    right = np.stack([160 + half, 44 + 118 * down], axis=1)
    put(outline(np.concatenate([left, right[::-1]]).astype(np.float32), size), "#fffaf0", "#cdb991")
    put(ellipse(160, 44, 92, 15), "#fffdf6", "#e9dcc2")
    put(ellipse(160, 46, 85, 12), "#6d4327", "#4b2b18")
    put(ellipse(153, 48, 46, 5.5), "#c79563", "#a97444")
    sheen = np.exp(-(((xs - 104) / 9) ** 2)) * cv.ease((ys - 66) / 20) * cv.ease((146 - ys) / 30)
    sprite[..., :3] += (0.5 * sheen * sprite[..., 3])[..., None] * (1 - sprite[..., :3])
    return sprite


def _book(width: int, height: int, tint: str) -> cv.Floats:
    """A book lying flat, its spine towards us."""
    sprite = np.zeros((height + 2, width + 2, 4), dtype=np.float32)
    top = [(1, 3), (4, 1), (width - 3, 1), (width, 3)]
    foot = [(width, height - 2), (width - 3, height), (4, height), (1, height - 2)]
    corners = np.array([*top, *foot], dtype=np.float32)
    ys = np.linspace(0, 1, height + 2, dtype=np.float32)[:, None] * np.ones((1, width + 2))
    round_spine = 0.80 + 0.34 * np.sin(np.pi * np.clip(ys * 0.9 + 0.06, 0, 1))
    body = np.clip(cv.rgb(tint) * round_spine[..., None], 0, 1).astype(np.float32)
    for at in (0.09, 0.13, 0.87, 0.91):
        body[:, int(at * width) : int(at * width) + 3] *= np.float32(0.74)
    title = slice(int(width * 0.3), int(width * 0.3 + width * 0.28))
    body[height // 2 - 1 : height // 2 + 2, title] = cv.mix(cv.rgb(tint), cv.rgb("#fff6dd"), 0.7)
    stamp(sprite, coloured(outline(corners, (width + 2, height + 2)), body), width / 2, height / 2)
    return sprite


def _vase(rng: np.random.Generator) -> cv.Floats:
    """A round vase with eucalyptus; sprite of 320x380 px, its foot at the bottom."""
    sprite = np.zeros((380, 320, 4), dtype=np.float32)
    for tip_x, tip_y, bend in ((60, 40, -20), (160, 4, 10), (262, 60, 24), (210, 30, 8)):
        stem = curve([(160, 270), (160 + bend, 180), (tip_x, 120), (tip_x, tip_y)])
        branch(sprite, stem, 4, 2, "#3c5a48")
        for at in range(16, 60, 4):
            shade = cv.mix(cv.rgb("#3f6a58"), cv.rgb("#a9c7a6"), rng.uniform(0.1, 0.9))
            size = int(46 - 0.36 * at)
            leaf = coloured(_leaf_mask(size, int(size * 0.62)), shade)
            side = 1 if (at // 4) % 2 else -1
            angle = side * rng.uniform(0.7, 1.2) + (tip_x - 160) / 200
            x, y = stem[at] + size * 0.45 * np.array([np.sin(angle), -np.cos(angle)])
            stamp(sprite, leaf, x, y, angle=angle)
    down = np.linspace(0, 1, 60)
    half = 20 + 46 * np.sin(np.pi * down**0.85) ** 1.5 + 5 * np.exp(-down * 16)
    left = np.stack([160 - half, 254 + 112 * down], axis=1)
    right = np.stack([160 + half, 254 + 112 * down], axis=1)
    mask = outline(np.concatenate([left, right[::-1]]).astype(np.float32), (320, 380))
    xs = np.linspace(-1, 1, 320, dtype=np.float32)[None, :] * np.ones((380, 1), dtype=np.float32)
    body = cv.ramp([(-0.4, "#f4ead6"), (-0.1, "#e9dcc3"), (0.4, "#a8926e")], xs)
    stamp(sprite, coloured(cv.soften(mask, 0.6), body), 159.5, 189.5)
    return sprite
