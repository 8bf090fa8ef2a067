"""Open water seen at a low angle, whose waves come round exactly once a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from appliance.content.starter.canvas import HEIGHT, TAU, WIDTH, Floats


@dataclass(frozen=True)
class Swell:
    """How the water moves: wave lengths in units of the nearest visible ripple."""

    horizon_px: int
    wind_angle: float
    longest: float
    shortest: float
    waves: int = 36


class Water:
    """Slope of a sum of plane waves, in perspective.

    Every wave turns a whole number of times in a loop. Waves with the same number share one
    sine and one cosine picture, so a frame costs a few multiplications, however many waves.
    """

    def __init__(self, rng: np.random.Generator, swell: Swell) -> None:
        rows = HEIGHT - swell.horizon_px
        below_px = np.arange(rows, dtype=np.float32)[:, None] + 1.5
        far = rows / below_px
        across = (np.arange(WIDTH, dtype=np.float32)[None, :] - WIDTH / 2) / 110 * far
        # How much of the ground one pixel row covers; finer waves than that would shimmer.
        row_size = rows / below_px**2 * 8.0
        self._parts: dict[int, tuple[Floats, Floats]] = {}
        for _ in range(swell.waves):
            length = float(np.exp(rng.uniform(np.log(swell.shortest), np.log(swell.longest))))
            angle = swell.wind_angle + rng.normal(0, 0.45)
            number = TAU / length
            place = number * (np.sin(angle) * across + np.cos(angle) * far * 8.0)
            place = place + rng.uniform(0, TAU)
            seen = np.clip(length / (row_size * 3.0) - 0.35, 0, 1)
            strength = (seen * length**0.25 * np.cos(angle)).astype(np.float32)
            # Deep water: the longer the wave, the slower it turns.
            turns = max(1, round(4.2 / length**0.5))
            sine, cosine = self._parts.setdefault(
                turns, (np.zeros_like(across), np.zeros_like(across))
            )
            sine += strength * np.sin(place)
            cosine += strength * np.cos(place)
        self._scale = np.float32(1.6 / swell.waves**0.5)

    def slope(self, phase: float) -> Floats:
        """Slope towards the watcher, about -1..1, shape (rows below the horizon, WIDTH)."""
        total = np.zeros_like(next(iter(self._parts.values()))[0])
        for turns, (sine, cosine) in self._parts.items():
            angle = TAU * turns * phase
            total += sine * np.float32(np.cos(angle)) + cosine * np.float32(np.sin(angle))
        return total * self._scale
