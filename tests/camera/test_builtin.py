"""builtin.py: nobody, somebody who comes near and stays, nobody again; always the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from appliance.camera.builtin import (
    CYCLE_S,
    EMPTY_S,
    FAR_FACE_PX,
    NEAR_FACE_PX,
    STAY_S,
    WALK_S,
    BuiltinCamera,
    pose_at,
)
from appliance.inference.face_detector import FaceDetector
from tests.camera.stepped_clock import SteppedClock
from tests.inference.shared_data import shipped


@pytest.fixture
def camera() -> BuiltinCamera:
    return BuiltinCamera(640, 480, 4.0, SteppedClock().as_clock())


def test_one_cycle_is_empty_then_a_walk_a_stay_and_a_walk() -> None:
    heights = {t: pose.face_height_px if (pose := pose_at(t)) else 0.0 for t in np.arange(0, 60, 1)}

    assert all(heights[t] == 0 for t in range(int(EMPTY_S)))
    walk = [heights[EMPTY_S + t] for t in range(int(WALK_S) + 1)]
    assert walk == sorted(walk)
    assert walk[0] == pytest.approx(FAR_FACE_PX)
    stay = [heights[EMPTY_S + WALK_S + t] for t in range(int(STAY_S) + 1)]
    assert all(abs(height - NEAR_FACE_PX) <= 0.03 * NEAR_FACE_PX for height in stay)
    assert heights[int(CYCLE_S)] == 0


def test_she_moves_without_jumps() -> None:
    moments = np.arange(EMPTY_S, CYCLE_S - 0.05, 0.05)
    poses = [pose for t in moments if (pose := pose_at(float(t))) is not None]

    assert len(poses) == len(moments)
    for before, after in itertools.pairwise(poses):
        assert abs(after.centre_x - before.centre_x) < 0.03
        assert after.face_height_px / before.face_height_px == pytest.approx(1, abs=0.08)


def test_frames_are_paced_numbered_and_of_the_asked_size() -> None:
    camera = BuiltinCamera(320, 240, 4.0, SteppedClock(50.0).as_clock())

    frames = [camera.read() for _ in range(3)]

    assert [frame.captured_at_s for frame in frames] == pytest.approx([50.0, 50.25, 50.5])
    assert [frame.sequence for frame in frames] == [0, 1, 2]
    assert all(frame.image.shape == (240, 320, 3) for frame in frames)


def test_every_run_is_the_same(camera: BuiltinCamera) -> None:
    other = BuiltinCamera(640, 480, 4.0, SteppedClock().as_clock())

    for t in (3.0, 10.0, 30.0):
        assert (camera.draw(t) == other.draw(t)).all()


def test_background_shows_wherever_she_is_not(camera: BuiltinCamera) -> None:
    empty, present = camera.draw(1.0), camera.draw(CYCLE_S + EMPTY_S + WALK_S + 10)
    # The light wanders: compare the upper corners, where she never is, loosely.
    for corner in (slice(0, 80), slice(560, 640)):
        difference = np.abs(empty[:60, corner].astype(int) - present[:60, corner].astype(int))
        assert difference.max() < 40

    # Her suit is orange: far more red than blue, as nothing of the wall is.
    def orange(image: np.ndarray) -> int:
        return int((image[:, :, 2].astype(int) - image[:, :, 0] > 90).sum())

    assert orange(empty) == 0
    assert orange(present) > 5_000


def test_shipped_detector_sees_her_near_and_nobody_before(camera: BuiltinCamera) -> None:
    detector = FaceDetector.open(shipped("face_yolo_320.onnx"))

    empty = [detector.detect(camera.draw(t)) for t in (0.5, 3.0, 6.5)]
    near = [detector.detect(camera.draw(EMPTY_S + WALK_S + t)) for t in (0.0, 10.0, 30.0)]

    assert empty == [(), (), ()]
    for found in near:
        assert found[0].box.height_px == pytest.approx(NEAR_FACE_PX, rel=0.35)
        assert found[0].box.centre[0] == pytest.approx(320, abs=40)
