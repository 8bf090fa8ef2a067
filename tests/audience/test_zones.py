"""zones.py: what lies in the operator's polygons is not there."""

from __future__ import annotations

import pytest

from appliance.audience.zones import outside
from appliance.domain import Box, Detection

LEFT_THIRD = ((0.0, 0.0), (1 / 3, 0.0), (1 / 3, 1.0), (0.0, 1.0))
L_SHAPE = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.25), (0.25, 0.25), (0.25, 1.0), (0.0, 1.0))


def face_at(x: float, y: float) -> Detection:
    """In a picture of 600 x 400 pixels."""
    return Detection(Box(x - 20, y - 30, x + 20, y + 30), 0.9)


@pytest.mark.parametrize(
    ("zone", "x", "y", "is_left_out"),
    [
        (LEFT_THIRD, 199, 200, True),
        (LEFT_THIRD, 201, 200, False),
        (LEFT_THIRD, 0, 0, True),
        (LEFT_THIRD, 0, 399, True),
        (LEFT_THIRD, -10, 410, True),  # cut off by the corner of the picture
        (L_SHAPE, 590, 90, True),
        (L_SHAPE, 590, 110, False),
        (L_SHAPE, 140, 390, True),
        (L_SHAPE, 300, 200, False),
        (L_SHAPE[::-1], 590, 90, True),
    ],
)
def test_a_face_counts_by_its_centre(zone, x, y, is_left_out) -> None:
    assert (outside([face_at(x, y)], [zone], 600, 400) == []) is is_left_out


def test_without_zones_everybody_is_there() -> None:
    faces = [face_at(10, 10), face_at(300, 200)]
    assert outside(faces, [], 600, 400) == faces


def test_others_stay_in_their_order() -> None:
    faces = [face_at(500, 50), face_at(100, 50), face_at(300, 50)]
    assert outside(faces, [LEFT_THIRD], 600, 400) == [faces[0], faces[2]]
