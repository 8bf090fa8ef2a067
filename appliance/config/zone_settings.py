"""Areas of the picture in which nobody is looked at: the counter, where staff stand."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BeforeValidator

MAX_ZONES = 32
MAX_POINTS = 64
LEAST_AREA = 0.0001
"""Of the picture; a zone this thin was drawn by mistake."""

Point = tuple[float, float]
Polygon = tuple[Point, ...]


def _checked(value: Any) -> tuple[Polygon, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError("zones are a list of polygons, such as [[[0,0],[0.3,0],[0.3,1],[0,1]]]")
    if len(value) > MAX_ZONES:
        raise ValueError(f"{len(value)} zones; {MAX_ZONES} at most")
    zones, mistakes = [], []
    for number, polygon in enumerate(value, 1):
        try:
            zones.append(_polygon(polygon))
        except ValueError as exc:
            mistakes.append(f"zone {number}: {exc}")
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return tuple(zones)


def _polygon(value: Any) -> Polygon:
    if not isinstance(value, (list, tuple)) or not 3 <= len(value) <= MAX_POINTS:
        raise ValueError(f"a polygon has 3 to {MAX_POINTS} points [x, y]")
    points = tuple(_point(point) for point in value)
    pairs = zip(points, (*points[1:], points[0]), strict=True)
    area = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2
    if area < LEAST_AREA:
        raise ValueError("its points lie on one line, so nothing is inside")
    return points


def _point(value: Any) -> Point:
    is_pair = isinstance(value, (list, tuple)) and len(value) == 2
    numbers = [n for n in value if isinstance(n, (int, float)) and not isinstance(n, bool)] \
        if is_pair else []  # fmt: skip
    if len(numbers) != 2:
        raise ValueError(f"{value!r} is no point; write [0.25, 0.5]")
    for number in numbers:
        if not (math.isfinite(number) and 0 <= number <= 1):
            raise ValueError(
                f"{number!r} is outside 0..1: 0 is the left or upper edge, 1 the right or lower"
            )
    return float(numbers[0]), float(numbers[1])


Zones = Annotated[tuple[Polygon, ...], BeforeValidator(_checked)]
