"""Advertisement for watchers in a good mood: a bouquet that nods, petals in the morning light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.lettering import Words, headline
from appliance.content.starter.plants import blossom, branch, curve, petal
from appliance.content.starter.sprite import Fall, blurred, coloured, crowd, disc, outline, stamp

WORDS = Words(
    "봄날 꽃가게", "Bomnal Flowers", "오늘의 마음을 한 다발로", "#5b3a52", "NanumSquareRoundEB"
)


@dataclass(frozen=True)
class Bloom:
    """One flower of the bouquet and how it nods."""

    sprite: cv.Floats
    x: float
    y: float
    angle: float
    shift: float


class Flowers:
    """Every flower nods a little later than its neighbour."""

    duration_s = 10.0

    def __init__(self) -> None:
        rng = np.random.default_rng(44)
        self._still = _morning(rng)
        self._wrap_back, self._wrap_front = _paper("#e9cfa8", "#d3b184"), _paper_front()
        self._blooms = _bouquet(rng)
        loose = [petal(20, "#f28aa5", "#ffe3ea"), petal(17, "#f7b267", "#fff1d6")]
        near = [blurred(petal(60, "#f28aa5", "#ffe3ea"), 7)]
        self._petals = (
            *crowd(rng, loose, Fall(22, (160, 280), (40, 160), (0.7, 1.1), (0.8, 1), 30, 1, 2)),
            *crowd(rng, near, Fall(5, (420, 560), (120, 320), (0.8, 1.2), (0.4, 0.55), 30, 1, 1)),
        )

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        for leaf in self._petals:
            leaf.draw(canvas, phase)
        stamp(canvas, self._wrap_back, 640, 542)
        for bloom in self._blooms:
            nod = cv.wave(phase, 1, bloom.shift) + 0.35 * cv.wave(phase, 3, bloom.shift * 2)
            # Flowers far from the knot swing further.
            reach = (622 - bloom.y) / 60
            x = bloom.x + reach * nod
            y = bloom.y + 1.2 * cv.wave(phase, 2, bloom.shift)
            stamp(canvas, bloom.sprite, x, y, angle=bloom.angle + 0.03 * nod)
        stamp(canvas, self._wrap_front, 640, 604)
        headline(canvas, WORDS)
        return canvas


def _morning(rng: np.random.Generator) -> cv.Floats:
    canvas = cv.sky([(0, "#f9e3e6"), (0.5, "#fdf3ea"), (1, "#e4eddc")], 90)
    cv.light(canvas, cv.rgb("#fff6df"), 0.8 * cv.glow(300, 120, 420, 1.4))
    for _ in range(34):
        x, y = rng.uniform(0, cv.WIDTH), rng.uniform(0, cv.HEIGHT)
        tint = ("#f6bccb", "#ffe0b5", "#cfe3c6", "#ffffff", "#d9cdf0")[int(rng.integers(5))]
        blot = disc(rng.uniform(22, 92), tint, 0.25)
        if abs(x - 640) > 240:
            stamp(canvas, blot, x, y, opacity=rng.uniform(0.10, 0.32))
    xs, ys = cv.grid()
    rays = cv.noise(rng, cv.WIDTH * 2, 4, 110)[0]
    slanted = rays[np.clip(xs + 0.75 * ys, 0, cv.WIDTH * 2 - 1).astype(np.intp)]
    beam = cv.ease((slanted - 0.5) * 2.5) * np.exp(-np.hypot(xs - 200, ys) / 700)
    cv.light(canvas, cv.rgb("#fffaf0"), (0.5 * cv.soften(beam.astype(np.float32), 8)))
    return canvas


def _ranunculus(radius_px: float, outer: str, inner: str) -> cv.Floats:
    """A full round flower: rings of petals that grow smaller and deeper inwards."""
    size = int(radius_px * 2.5)
    sprite = np.zeros((size, size, 4), dtype=np.float32)
    rings = 6
    for ring in range(rings):
        share = ring / (rings - 1)
        reach = radius_px * (1 - 0.80 * share)
        tip = cv.mix(cv.rgb(outer), cv.rgb(inner), share * 0.7)
        root = cv.mix(cv.rgb(outer), cv.rgb(inner), 0.45 + share * 0.55)
        leaf = petal(max(reach * 1.05, 8), _hex(root), _hex(tip), notch=0.02)
        count = 9 - ring
        for index in range(count):
            angle = cv.TAU * (index + 0.5 * (ring % 2)) / count + 0.4 * ring
            x = size / 2 + np.sin(angle) * reach * 0.52
            y = size / 2 - np.cos(angle) * reach * 0.52
            stamp(sprite, leaf, x, y, angle=angle)
    return sprite


def _hex(colour: cv.Floats) -> str:
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in colour)


def _bouquet(rng: np.random.Generator) -> list[Bloom]:
    """Leaves behind, then large flowers, then small ones in the gaps."""
    leaf, sprig = _leaf(), _sprig()
    large = [
        _ranunculus(62, "#ffd3dc", "#e8688a"),
        _ranunculus(66, "#fff1dd", "#f2b05e"),
        _ranunculus(58, "#f6b2a4", "#d9534f"),
        _ranunculus(60, "#f3e4f5", "#a985c9"),
    ]
    small = [
        blossom(26, 11, "#f4f1ff", "#ffffff", "#f2a93b"),
        blossom(22, 8, "#7f9fe0", "#c7d8fb", "#fff3c4"),
        blossom(24, 5, "#f7a9bd", "#fff0f2", "#c9486d"),
    ]
    blooms = []
    for index, angle in enumerate(np.linspace(-1.35, 1.35, 13)):
        x, y = 640 + 172 * np.sin(angle), 452 - 150 * np.cos(angle)
        piece = leaf if index % 2 else sprig
        blooms.append(Bloom(piece, x, y + 26, float(angle), index / 13))
    places = ((552, 438), (728, 436), (640, 396), (588, 352), (700, 348), (640, 476), (500, 398),
              (782, 396))  # fmt: skip
    for index, (x, y) in enumerate(places):
        blooms.append(Bloom(large[index % 4], x, y - 18, rng.uniform(0, 6), 0.11 * index))
    gaps = ((646, 326), (548, 330), (748, 322), (594, 428), (688, 424), (470, 452), (812, 450),
            (520, 478), (764, 480), (592, 500), (696, 502))  # fmt: skip
    for index, (x, y) in enumerate(gaps):
        blooms.append(Bloom(small[index % 3], x, y - 18, rng.uniform(0, 6), 0.17 * index))
    return blooms


def _leaf() -> cv.Floats:
    return petal(128, "#4d7d5c", "#9dc08b", notch=-0.12)


def _sprig() -> cv.Floats:
    """A thin twig with small round leaves; sprite of 90x160 px."""
    sprite = np.zeros((160, 90, 4), dtype=np.float32)
    branch(sprite, curve([(45, 158), (42, 90), (48, 12)]), 4, 2, "#5f8160")
    for step in range(7):
        for side in (-1, 1):
            round_leaf = disc(12 - step, "#8fb48a" if step % 2 else "#a9c9a0", 0.12)
            stamp(sprite, round_leaf, 45 + side * (16 - step), 118 - step * 16)
    stamp(sprite, disc(7, "#bcd8ae", 0.12), 47, 12)
    return sprite


def _paper(left: str, right: str) -> cv.Floats:
    """The wrapping's back sheet with its wavy rim; sprite of 440x330 px."""
    xs = np.linspace(6, 434, 60)
    rim = 30 + 26 * np.abs((xs - 220) / 214) ** 1.6 * -1 + 7 * np.sin(xs / 23)
    upper = np.stack([xs, rim + 26], axis=1)
    points = np.concatenate([upper, [(262, 326), (178, 326)]]).astype(np.float32)
    tone = cv.ramp([(0, left), (1, right)], np.linspace(0, 1, 440, dtype=np.float32))
    return coloured(outline(points, (440, 330)), np.repeat(tone[None], 330, axis=0))


def _paper_front() -> cv.Floats:
    """Two folded flaps and a ribbon in front of the stems; sprite of 400x230 px."""
    size = (400, 230)
    sprite = np.zeros((230, 400, 4), dtype=np.float32)
    across = np.linspace(0, 1, 400, dtype=np.float32)[None, :] * np.ones((230, 1), dtype=np.float32)
    flaps = (
        ([(20, 6), (120, 60), (262, 150), (240, 228), (158, 228)], "#f3dfc0", "#d9bb8f"),
        ([(380, 6), (290, 50), (136, 160), (160, 228), (242, 228)], "#e6c99f", "#f7e6c9"),
    )
    for points, left, right in flaps:
        tone = cv.ramp([(0, left), (1, right)], across)
        mask = outline(np.array(points, dtype=np.float32), size)
        shadow = cv.soften(mask, 6)
        stamp(sprite, coloured(shadow * np.float32(0.22), cv.rgb("#5d3a22")), 197.5, 116.5)
        stamp(sprite, coloured(mask, tone), 199.5, 114.5)
    band = np.array([(147, 168), (253, 168), (250, 190), (150, 190)], dtype=np.float32)
    stamp(sprite, coloured(outline(band, size), cv.rgb("#d8607f")), 199.5, 114.5)
    for side in (-1, 1):
        loop = curve([(200, 178), (200 + side * 34, 128), (200 + side * 96, 168), (200, 180)], 40)
        tail = curve([(200, 178), (200 + side * 22, 206), (200 + side * 42, 226)], 30)
        stamp(sprite, coloured(outline(loop, size), cv.rgb("#e77c97")), 199.5, 114.5)
        branch(sprite, tail, 13, 11, "#d8607f")
    stamp(sprite, disc(12, "#c74d6e", 0.1), 200, 179)
    return sprite
