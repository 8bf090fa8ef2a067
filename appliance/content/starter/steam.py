"""Steam over something hot: thin veils that rise, sway and dissolve, and come round in a loop."""

from __future__ import annotations

import cv2
import numpy as np

from appliance.content.starter.canvas import TAU, Floats, ease, light, rgb


class Steam:
    """Two veils of noise climb at different speeds; steam is where both are dense."""

    def __init__(self, rng: np.random.Generator, width_px: int, height_px: int) -> None:
        self._size = (width_px, height_px)
        self._veils = [_veil(rng, width_px, height_px) for _ in range(2)]
        ys, xs = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
        self._xs, self._ys = xs, ys
        up = 1 - ys / height_px
        # Narrow at the rim, wider and thinner above, gone at the top.
        half = width_px * (0.16 + 0.20 * up)
        across = np.exp(-(((xs - width_px / 2) / half) ** 2) * 1.6)
        self._shape = across * ease(up * 3.2) * ease((1 - up) * 1.5)
        self._up = up

    def draw(self, canvas: Floats, phase: float, x: int, foot_y: int, strength: float) -> None:
        """Add the steam as light, its foot's middle at (x, foot_y); in place."""
        width, height = self._size
        sway = 16 * self._up * np.sin(TAU * (phase + 0.9 * self._up))
        sway += 7 * self._up * np.sin(TAU * (2 * phase + 1.7 * self._up))
        dense = np.ones_like(self._xs)
        for veil, climbs, share in zip(self._veils, (2, 3), (1.0, -0.6), strict=True):
            moved = cv2.remap(
                veil,
                (self._xs + share * sway).astype(np.float32),
                (self._ys + climbs * height * phase) % np.float32(height),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_WRAP,
            )
            dense *= moved
        mask = cv2.GaussianBlur(ease((dense - 0.17) * 3.4) * self._shape, (0, 0), 2.0)
        left, top = x - width // 2, foot_y - height
        region = canvas[top:foot_y, left : left + width]
        light(region, rgb("#fff6e8"), (strength * mask).astype(np.float32))


def _veil(rng: np.random.Generator, width_px: int, height_px: int) -> Floats:
    """Noise stretched upwards that fits onto itself from top to bottom."""
    total = np.zeros((height_px, width_px), dtype=np.float32)
    for cells_up, cells_across, share in ((3, 5, 1.0), (6, 9, 0.55), (12, 18, 0.25)):
        coarse = rng.random((cells_up, cells_across), dtype=np.float32)
        thrice = np.tile(coarse, (3, 1))
        fine = cv2.resize(thrice, (width_px, height_px * 3), interpolation=cv2.INTER_CUBIC)
        total += share * fine[height_px : 2 * height_px]
    return np.asarray(np.clip(total / 1.8, 0, 1), dtype=np.float32)
