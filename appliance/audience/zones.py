"""Faces in the operator's zones are left out before anything else is done with them."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.domain import Detection

Zone = Sequence[tuple[float, float]]
"""A polygon in shares of the picture: x from the left, y from above, 0..1."""


def outside(
    detections: Sequence[Detection], zones: Sequence[Zone], width_px: int, height_px: int
) -> list[Detection]:
    """The detections whose centre lies in no zone."""
    return [
        seen
        for seen in detections
        if not any(_holds(zone, *_share(seen, width_px, height_px)) for zone in zones)
    ]


def _share(seen: Detection, width_px: int, height_px: int) -> tuple[float, float]:
    x, y = seen.box.centre
    # Of a face that the picture cuts off, the centre of what is seen counts as inside.
    return min(max(x / width_px, 0.0), 1.0 - 1e-9), min(max(y / height_px, 0.0), 1.0 - 1e-9)


def _holds(zone: Zone, x: float, y: float) -> bool:
    """Even-odd rule: a ray to the right crosses the polygon's edges an odd number of times."""
    inside = False
    previous_x, previous_y = zone[-1]
    for next_x, next_y in zone:
        if (next_y > y) != (previous_y > y):
            crossing = previous_x + (y - previous_y) / (next_y - previous_y) * (next_x - previous_x)
            if x < crossing:
                inside = not inside
        previous_x, previous_y = next_x, next_y
    return inside
