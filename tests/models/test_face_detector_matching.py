"""The matching rule: centre inside, height 0.35 to 2.2 times, one detection per face."""

from __future__ import annotations

import numpy as np
import pytest

from models.face_detector.matching import curve, match

NONE = np.zeros((0, 4), np.float32)
FACE = [100.0, 100.0, 160.0, 180.0]  # 80 px tall


def rows(*detections: list[float]) -> np.ndarray:
    return np.array(detections, np.float32).reshape(-1, 5)


def boxes(*corners: list[float]) -> np.ndarray:
    return np.array(corners, np.float32).reshape(-1, 4)


@pytest.mark.parametrize(
    ("detection", "finds"),
    [
        ([100, 100, 160, 180], True),
        ([125, 125, 140, 155], True),  # 30 px tall: 0.375 times
        ([125, 128, 140, 152], False),  # 24 px tall: 0.3 times
        ([60, 55, 200, 230], True),  # 175 px tall: 2.19 times
        ([60, 45, 200, 235], False),  # 190 px tall: 2.4 times
        ([50, 100, 145, 180], False),  # its centre at x = 97.5 lies outside
    ],
)
def test_a_detection_finds_a_face_by_centre_and_height(detection: list[float], finds: bool) -> None:
    result = match(rows([*detection, 0.9]), boxes(FACE), NONE, 640)
    assert (result.found.tolist() == [0]) is finds


def test_a_second_detection_of_a_face_is_a_false_alarm() -> None:
    result = match(rows([*FACE, 0.6], [*FACE, 0.9]), boxes(FACE), NONE, 640)
    assert result.found.tolist() == [0, -1]
    assert result.confidence.tolist() == pytest.approx([0.9, 0.6])


def test_of_two_faces_the_one_overlapped_more_is_found() -> None:
    wide = [90.0, 80.0, 190.0, 200.0]
    result = match(rows([*FACE, 0.9]), boxes(wide, FACE), NONE, 640)
    assert result.found.tolist() == [1]


def test_small_faces_count_neither_way() -> None:
    small = [10.0, 10.0, 28.0, 30.0]
    result = match(rows([*small, 0.9]), boxes(small), NONE, 640)
    assert (len(result.found), len(result.height_px)) == (0, 0)


def test_what_is_small_depends_on_the_long_side() -> None:
    face = [10.0, 10.0, 28.0, 30.0]  # 20 px of 320 are 40 of 640
    result = match(rows([*face, 0.9]), boxes(face), NONE, 320)
    assert result.found.tolist() == [0]
    assert result.height_px.tolist() == pytest.approx([40.0])


def test_detections_in_regions_of_doubt_are_left_out() -> None:
    result = match(rows([*FACE, 0.9], [300, 300, 350, 350, 0.8]), NONE, boxes(FACE), 640)
    assert result.found.tolist() == [-1]
    assert result.confidence.tolist() == pytest.approx([0.8])


def test_the_operating_point_is_the_lowest_threshold_within_the_limit() -> None:
    first = match(rows([*FACE, 0.9], [300, 300, 350, 350, 0.5]), boxes(FACE), NONE, 640)
    second = match(rows([*FACE, 0.4], [300, 300, 350, 350, 0.2]), boxes(FACE), NONE, 640)
    result = curve([first, second])
    assert result.at(0.5) == pytest.approx((0.4, 1.0))
    assert result.at(0.4) == pytest.approx((0.9, 0.5))
    assert result.at_threshold(0.45) == pytest.approx((0.5, 0.5))
    assert result.at_threshold(0.95) == (0.0, 0.0)
