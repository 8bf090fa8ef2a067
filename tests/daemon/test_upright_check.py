"""upright_check.py: a camera on its head or side is noticed by the heads in its picture."""

from __future__ import annotations

import pytest

from appliance.camera.builtin import EMPTY_S, WALK_S, BuiltinCamera
from appliance.camera.turned import Turn, turn
from appliance.daemon.upright_check import LEAST_VOTES, UprightCheck
from appliance.inference.face_detector import FaceDetector
from tests.inference.shared_data import shipped


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector.open(shipped("face_yolo_320.onnx"))


@pytest.mark.parametrize(("mounted", "mends"), [(0, None), (90, 270), (180, 180), (270, 90)])
def test_heads_say_how_the_picture_is_turned_upright(
    detector: FaceDetector, mounted: Turn, mends: Turn | None
) -> None:
    feed, check = BuiltinCamera(640, 480, 8), UprightCheck()
    for number in range(LEAST_VOTES):
        assert check.turn is None
        check.look(detector, turn(feed.draw(EMPTY_S + WALK_S + 2 + number), mounted))

    assert check.turn == mends


def test_an_empty_room_says_nothing(detector: FaceDetector) -> None:
    check = UprightCheck()
    for _ in range(LEAST_VOTES + 1):
        check.look(detector, BuiltinCamera(640, 480, 8).draw(0.0))

    assert check.turn is None
