"""Whether a face lives: it moves or changes again and again, where a picture only does once."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

SIGHTS = 6
"""Latest sights of a face that are looked at: less than a second at the usual frame rate."""
LEAST_CHANGED = 3
"""Of these, how many must differ by more than noise. A light switched on makes one or two."""


@dataclass(slots=True)
class Liveliness:
    """The latest changes of one face (see ``Face.change``)."""

    _changed: deque[bool] = field(default_factory=lambda: deque(maxlen=SIGHTS))
    alive_s: float = -math.inf
    """When it last lived (monotonic); -inf: never yet."""
    is_alive: bool = False

    def observe(self, change: float | None, now_s: float) -> None:
        """Take in one sight; None: not measured, then it is taken to live."""
        self._changed.append(change is None or change > 1.0)
        self.is_alive = change is None or sum(self._changed) >= LEAST_CHANGED
        if self.is_alive:
            self.alive_s = now_s
