"""How much a face differs from how it has looked before, in units of what noise alone does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain import Box, Image

Cells = NDArray[np.float32]

GRID = (16, 12)
"""Rows and columns of cells that a face is averaged into: noise goes, what moves stays."""
LEAST_CELL_PX = 3.0
MAX_LOOKS = 3
"""Looks of one place that are remembered: a picture under two lights still is a picture."""
BLEND = 0.1
"""Share of a look that the newest sight of it makes: slow light is followed."""
LEAST_NOISE = 0.45
"""Grey levels that a cell differs by at least without a cause: rounding and compression."""
NOISE_FACTOR = 1.7
"""A face changes once its cells differ by so many times what those of the whole picture do."""
MOVED = 0.12
"""Of a face's height: a detector's boxes of one unmoving face lie closer together."""
GREW = 0.16
"""The same for the height itself."""
FORGET_S = 10.0
"""A place without a face is forgotten after so long."""


@dataclass(slots=True)
class _Look:
    cells: Cells
    sights: int = 1


@dataclass(slots=True)
class _Place:
    """Where a face stays, and how it has looked there; lives in memory only, while it is there."""

    box: Box
    grid: tuple[int, int]
    looks: list[_Look]
    seen_s: float


class FaceChange:
    """Measures each face against the looks of its place; holds a few hundred numbers of each."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._before: NDArray[np.uint8] | None = None

    def clear(self) -> None:
        """Forget every place."""
        self._places.clear()
        self._before = None

    def measure(self, image: Image, boxes: Sequence[Box], now_s: float) -> tuple[float, ...]:
        """Change of each face [N]: over 1 more than noise does; ``inf``: new here, or it moved.

        ``image`` [H, W, 3]; ``now_s`` monotonic. Changes of light as a whole count as no change.
        """
        if not boxes:
            self._before = None
            self._places = [place for place in self._places if now_s - place.seen_s <= FORGET_S]
            return ()
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        changes, kept = [], []
        waiting = list(self._places)
        for box in boxes:
            place = _nearest(waiting, box)
            if place is None:
                place, change = _new_place(grey, box, now_s), float("inf")
            else:
                waiting.remove(place)
                change = self._look(place, grey, box)
                place.seen_s = now_s
            kept.append(place)
            changes.append(change)
        self._places = kept + [place for place in waiting if now_s - place.seen_s <= FORGET_S]
        self._before = grey
        return tuple(changes)

    def _look(self, place: _Place, grey: NDArray[np.uint8], box: Box) -> float:
        noise = max(LEAST_NOISE, self._noise(grey, place))
        cells = _cells(grey, place.box, place.grid)
        differences = [_difference(look.cells, cells) for look in place.looks]
        best = int(np.argmin(differences))
        change = differences[best] / (NOISE_FACTOR * noise)
        if change <= 1.0:
            look = place.looks[best]
            look.cells = (1 - BLEND) * look.cells + BLEND * cells
            look.sights += 1
        else:
            # The look that was seen most stays: a picture is as it was once somebody has passed.
            place.looks.sort(key=lambda look: look.sights, reverse=True)
            place.looks = [*place.looks[: MAX_LOOKS - 1], _Look(cells)]
        return change

    def _noise(self, grey: NDArray[np.uint8], place: _Place) -> float:
        """What cells of this size differ by from frame to frame, over the whole picture."""
        if self._before is None or self._before.shape != grey.shape:
            return 0.0
        rows, columns = place.grid
        size = (
            max(1, round(grey.shape[1] / max(1.0, place.box.width_px) * columns)),
            max(1, round(grey.shape[0] / max(1.0, place.box.height_px) * rows)),
        )
        old, new = (
            cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
            for picture in (self._before, grey)
        )
        difference = new - old
        difference -= np.median(difference, axis=1, keepdims=True)
        return float(np.median(np.abs(difference))) / 0.6745


def _nearest(places: Sequence[_Place], box: Box) -> _Place | None:
    """The place that ``box`` has not moved away from."""
    fitting = [place for place in places if _stays(place.box, box)]
    return max(fitting, key=lambda place: place.box.iou(box), default=None)


def _stays(place: Box, box: Box) -> bool:
    height = place.height_px
    if height <= 0 or box.height_px <= 0:
        return False
    (x1, y1), (x2, y2) = place.centre, box.centre
    moved = max(abs(x1 - x2), abs(y1 - y2))
    return moved <= MOVED * height and abs(box.height_px - height) <= GREW * height


def _new_place(grey: NDArray[np.uint8], box: Box, now_s: float) -> _Place:
    rows = int(np.clip(box.height_px / LEAST_CELL_PX, 4, GRID[0]))
    columns = int(np.clip(box.width_px / LEAST_CELL_PX, 3, GRID[1]))
    return _Place(box, (rows, columns), [_Look(_cells(grey, box, (rows, columns)))], now_s)


def _cells(grey: NDArray[np.uint8], box: Box, grid: tuple[int, int]) -> Cells:
    height, width = grey.shape
    # Never empty, even where a box lies beyond the picture's edge.
    x1, y1 = min(max(0, int(box.x1)), width - 1), min(max(0, int(box.y1)), height - 1)
    x2, y2 = min(width, max(x1 + 1, round(box.x2))), min(height, max(y1 + 1, round(box.y2)))
    crop = grey[y1:y2, x1:x2].astype(np.float32)
    resized = cv2.resize(crop, (grid[1], grid[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.float32)


def _difference(old: Cells, new: Cells) -> float:
    """Root mean square in grey levels, once exposure and bands of flicker are taken out."""
    a = old - old.mean()
    b = new - new.mean()
    power = float((a * a).sum())
    gain = float((a * b).sum()) / power if power > 0 else 1.0
    rest = b - np.clip(gain, 0.5, 2.0) * a
    rest -= rest.mean(axis=1, keepdims=True)
    return float(np.sqrt((rest * rest).mean()))
