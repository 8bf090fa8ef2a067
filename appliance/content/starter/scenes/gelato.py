"""Advertisement for watchers in a good mood: three scoops in a cone, sprinkles dancing."""

from __future__ import annotations

import cv2
import numpy as np

from appliance.content.starter import canvas as cv
from appliance.content.starter.lettering import Words, headline
from appliance.content.starter.sprite import Fall, blurred, coloured, crowd, outline, stamp

WORDS = Words("해맑은 젤라토", "Sunny Gelato", "오늘 기분, 한 스쿱 더", "#7a3b2e")
CANDY = ("#ff8fa3", "#ffc857", "#7fd1ae", "#8ab6f9", "#ffffff", "#f79256")


class Gelato:
    """Sun rays turn slowly behind the cone, which bobs as if somebody held it."""

    duration_s = 10.0
    words = WORDS

    def __init__(self) -> None:
        rng = np.random.default_rng(41)
        self._still = cv.sky([(0, "#ffcfb8"), (0.45, "#ffe6cf"), (1, "#ffd3b5")], 60)
        cv.light(self._still, cv.rgb("#fff7e3"), 0.8 * cv.glow(640, 470, 330, 1.8, 1.3))
        xs, ys = cv.grid()
        self._bearing = np.arctan2(ys - 480, xs - 640).astype(np.float32)
        far = np.hypot(xs - 640, ys - 480)
        self._ray_fade = (cv.ease((far - 150) / 260) * np.exp(-far / 620)).astype(np.float32)
        self._quiet = 0.92 * cv.glow(640, 140, 105, 6, 2.6)[:260]
        self._cone = _cone(rng)
        sharp = [_sprinkle(26, 8, tint) for tint in CANDY]
        soft = [blurred(_sprinkle(64, 22, tint), 6) for tint in CANDY]
        self._sprinkles = (
            *crowd(rng, sharp, Fall(40, (120, 240), (-40, 40), (0.7, 1.1), (0.85, 1), 26, 1, 1)),
            *crowd(rng, soft, Fall(9, (300, 460), (-60, 60), (0.8, 1.3), (0.55, 0.75), 30, 1, 1)),
        )

    def frame(self, phase: float) -> cv.Floats:
        """The picture at `phase` 0..1 of the loop."""
        canvas = self._still.copy()
        rays = 0.5 + 0.5 * np.sin(14 * self._bearing + np.float32(cv.TAU * phase))
        cv.light(canvas, cv.rgb("#fff3d6"), 0.55 * cv.ease(rays * 1.4 - 0.2) * self._ray_fade)
        bare = canvas[:260].copy()
        for sprinkle in self._sprinkles:
            sprinkle.draw(canvas, phase)
        # Sprinkles fade where the words stand.
        cv.lay(canvas[:260], bare, self._quiet)
        bob = 5 * cv.wave(phase, 2)
        stamp(canvas, self._cone, 640, 490 + bob, angle=0.022 * cv.wave(phase, 1))
        headline(canvas, WORDS)
        return canvas


def _cone(rng: np.random.Generator) -> cv.Floats:
    """Cone and scoops as one sprite of 360x480 px."""
    sprite = np.zeros((480, 360, 4), dtype=np.float32)
    stamp(sprite, _waffle(), 179.5, 239.5)
    scoops = (
        (128, 176, 78, "#ffb3c1", "#e8788f", "#fff0f2"),
        (232, 176, 78, "#bfe8cf", "#7dbf9d", "#f3fff7"),
        (180, 96, 80, "#fff3d1", "#eccb8c", "#fffdf4"),
    )
    for x, y, radius, body, shade, gleam in scoops:
        stamp(sprite, _scoop(rng, radius, (body, shade, gleam)), x, y)
    cherry = _scoop(rng, 19, ("#d63a4c", "#9d1f33", "#ff9aa5"), ruffle=0.0)
    stem = np.array([(181, 6), (186, 4), (184, 22), (180, 22)], dtype=np.float32)
    stamp(sprite, coloured(outline(stem, (360, 480)), cv.rgb("#7d4a2f")), 179.5, 239.5)
    stamp(sprite, cherry, 180, 30)
    for _ in range(26):
        angle, reach = rng.uniform(-2.6, -0.5), rng.uniform(20, 66)
        bit = _sprinkle(13, 4.4, CANDY[int(rng.integers(4))])
        x, y = 180 + reach * np.cos(angle), 98 + reach * np.sin(angle)
        stamp(sprite, bit, x, y, angle=rng.uniform(0, 3))
    return sprite


def _waffle() -> cv.Floats:
    """The waffle cone, lit from the left, with its diagonal pattern."""
    size = (360, 480)
    mask = outline(np.array([(68, 200), (292, 200), (190, 472), (170, 472)], np.float32), size)
    xs, ys = np.meshgrid(np.arange(360, dtype=np.float32), np.arange(480, dtype=np.float32))
    side = np.clip((xs - 68) / 224, 0, 1)
    body = cv.ramp([(0, "#f0b56c"), (0.35, "#e9a656"), (1, "#bd7431")], side.astype(np.float32))
    for slant in (0.62, -0.62):
        groove = np.abs(((xs + slant * ys) / 34) % 1.0 - 0.5)
        body *= (1 - 0.26 * np.exp(-((groove / 0.09) ** 2)))[..., None]
        body += (0.10 * np.exp(-(((groove - 0.17) / 0.07) ** 2)))[..., None]
    # The scoops throw a shade onto the cone's rim.
    body *= (1 - 0.35 * np.exp(-np.maximum(ys - 216, 0) / 26))[..., None]
    return coloured(mask, np.clip(body, 0, 1).astype(np.float32))


def _scoop(
    rng: np.random.Generator, radius: float, tints: tuple[str, str, str], ruffle: float = 1.0
) -> cv.Floats:
    """A ball of ice with a ruffled skirt, light from the upper left."""
    size = int(radius * 2.7)
    turn = np.linspace(0, cv.TAU, 160, endpoint=False)
    low = np.clip(np.sin(turn), 0, 1) ** 0.5 * ruffle
    edge = radius * (1 + 0.10 * low + 0.055 * low * np.sin(turn * 13 + radius))
    shape = np.stack([np.cos(turn) * edge, np.sin(turn) * edge * (1 - 0.10 * low)], axis=1)
    mask = outline((shape + size / 2).astype(np.float32), (size, size))
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32) - size / 2
    lit = np.hypot(xs + radius * 0.35, ys + radius * 0.42) / radius
    rough = cv.clouds(rng, size, size, max(radius * 0.42, 6)) - 0.5
    place = np.clip(lit * 0.72 + 0.28 * rough * ruffle, 0, 1.2)
    body = cv.ramp([(0, tints[2]), (0.35, tints[0]), (1.05, tints[1])], place.astype(np.float32))
    if ruffle:
        crease = np.exp(-(((ys - radius * 0.66) / (radius * 0.07)) ** 2))
        body *= (1 - 0.13 * crease)[..., None]
    gleam = np.exp(-(((xs + radius * 0.38) ** 2 + (ys + radius * 0.46) ** 2) / (radius * 0.2) ** 2))
    body += (1 - body) * (0.65 * gleam)[..., None]
    return coloured(mask, np.clip(body, 0, 1).astype(np.float32))


def _sprinkle(length_px: float, width_px: float, colour: str) -> cv.Floats:
    """A sugar sprinkle: a small capsule with a light edge."""
    width, height = int(width_px) + 6, int(length_px) + 6
    large = np.zeros((height * 4, width * 4), dtype=np.uint8)
    middle, reach = width * 2, (length_px - width_px) * 2
    cv2.line(
        large,
        (middle, int(height * 2 - reach)),
        (middle, int(height * 2 + reach)),
        255,
        max(1, int(width_px * 4)),
        cv2.LINE_AA,
    )
    mask = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    side = np.linspace(1.08, 0.86, width, dtype=np.float32)[None, :, None]
    body = np.clip(cv.rgb(colour) * side, 0, 1) * np.ones((height, 1, 1), dtype=np.float32)
    return coloured(mask, body.astype(np.float32))
