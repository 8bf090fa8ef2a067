"""perception.py: frames in, moments out; with tiny networks, and with the shipped ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from appliance.audience import AudienceRules
from appliance.camera.builtin import CYCLE_S, EMPTY_S, WALK_S, BuiltinCamera
from appliance.camera.replay import EndOfReplay, ReplayCamera, VideoRecording
from appliance.daemon.perception import Perception
from appliance.domain import AudienceMoment, Expression, Frame
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector
from tests.camera.stepped_clock import SteppedClock
from tests.inference.shared_data import shared, shipped
from tests.inference.tiny_networks import save_detector, save_emotion


@pytest.fixture
def tiny(tmp_path: Path) -> Perception:
    return Perception(
        FaceDetector.open(save_detector(tmp_path), threads=1),
        EmotionClassifier.open(save_emotion(tmp_path), threads=1),
        AudienceRules(min_face_px=10),
    )


def bright_at(*columns: int) -> np.ndarray:
    picture = np.zeros((64, 64, 3), np.uint8)
    for column in columns:
        picture[16:32, column : column + 16] = 240
    return picture


def steps(perception: Perception, image: np.ndarray, start_s: float, count: int) -> AudienceMoment:
    for number in range(count):
        moment = perception.step(Frame(image, start_s + number / 8, number))
    return moment


def test_steady_face_becomes_a_leader_with_a_stable_expression(tiny: Perception) -> None:
    moment = steps(tiny, bright_at(0), 100.0, 9)

    assert moment.watchers == 1
    assert moment.observed_at_s == pytest.approx(101.0)
    assert moment.leader is not None
    assert moment.leader.attention_s == pytest.approx(1.0)
    assert moment.leader.is_stable
    assert moment.leader.expression is Expression.HAPPY
    assert tiny.times.detect_ms > 0
    assert tiny.times.emotion_ms > 0


def test_a_face_in_a_zone_is_neither_counted_nor_classified(tiny: Perception) -> None:
    picture = bright_at(0)
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    tiny.ignore([left])
    moment = steps(tiny, picture, 100.0, 9)
    assert (moment.watchers, moment.leader) == (0, None)
    tiny.ignore([])
    assert steps(tiny, picture, 110.0, 9).watchers == 1


def test_only_the_leader_is_classified(tiny: Perception, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    classify = EmotionClassifier.classify
    monkeypatch.setattr(
        EmotionClassifier,
        "classify",
        lambda self, bgr, boxes: asked.append(len(boxes)) or classify(self, bgr, boxes),
    )

    moment = steps(tiny, bright_at(0, 32), 100.0, 4)

    assert moment.watchers == 2
    assert asked == [1, 1, 1, 1]


def test_empty_frames_give_nobody(tiny: Perception) -> None:
    assert steps(tiny, bright_at(), 100.0, 3) == AudienceMoment(100.25, 0, None)
    assert tiny.times.emotion_ms < tiny.times.detect_ms


def test_reset_forgets_the_leader(tiny: Perception) -> None:
    steps(tiny, bright_at(0), 100.0, 9)

    tiny.reset()

    assert steps(tiny, bright_at(), 101.2, 1).leader is None


def test_moment_holds_no_picture(tiny: Perception) -> None:
    moment = steps(tiny, bright_at(0), 100.0, 9)

    def values(value: object) -> list[object]:
        if dataclasses.is_dataclass(value):
            return [v for f in dataclasses.fields(value) for v in values(getattr(value, f.name))]
        return list(value) if isinstance(value, tuple) else [value]

    assert all(isinstance(value, int | float | bool | None) for value in values(moment))


@pytest.fixture(scope="module")
def networks() -> tuple[FaceDetector, EmotionClassifier]:
    return (
        FaceDetector.open(shipped("face_yolo_320.onnx")),
        EmotionClassifier.open(shipped("emotion_resnet50_mish_int8.onnx")),
    )


def watch(networks: tuple[FaceDetector, EmotionClassifier], video: str) -> list[AudienceMoment]:
    """All moments of a shared video at 8 frames a second."""
    perception = Perception(*networks, AudienceRules())
    recording = VideoRecording(shared(f"video/{video}"))
    camera = ReplayCamera(recording, video, (640, 480), 8.0, False, SteppedClock().as_clock())
    moments = []
    while True:
        try:
            moments.append(perception.step(camera.read()))
        except EndOfReplay:
            return moments


def test_smiling_man_is_stably_happy(networks: tuple[FaceDetector, EmotionClassifier]) -> None:
    leaders = [moment.leader for moment in watch(networks, "head-pose-face-detection-male.gif")]

    stable = [leader for leader in leaders[8:] if leader is not None and leader.is_stable]
    assert {leader.track_id for leader in leaders if leader is not None} == {1}
    assert len(stable) >= 0.9 * len(leaders[8:])
    assert {leader.expression for leader in stable} == {Expression.HAPPY}


def test_one_of_three_who_walk_up_leads_and_becomes_stable(
    networks: tuple[FaceDetector, EmotionClassifier],
) -> None:
    moments = watch(networks, "face-demographics-walking-and-pause.gif")

    last = moments[-1]
    assert last.watchers == 3
    assert last.leader is not None
    assert last.leader.attention_s > 1.0
    assert any(moment.leader.is_stable for moment in moments if moment.leader)


def test_people_seen_from_above_are_nobody(
    networks: tuple[FaceDetector, EmotionClassifier],
) -> None:
    moments = watch(networks, "people-detection.gif")

    assert [moment.leader for moment in moments] == [None] * len(moments)


def test_builtin_feed_is_one_visit_of_a_happy_person(
    networks: tuple[FaceDetector, EmotionClassifier],
) -> None:
    perception = Perception(*networks, AudienceRules())
    camera = BuiltinCamera(640, 480, 4.0, SteppedClock().as_clock())

    moments = [perception.step(camera.read()) for _ in range(int(4 * (CYCLE_S + 2)))]

    empty = moments[: int(4 * EMPTY_S)]
    near = moments[int(4 * (EMPTY_S + WALK_S + 2)) : int(4 * (CYCLE_S - WALK_S))]
    assert all(moment.leader is None for moment in empty)
    assert {m.leader.track_id for m in near if m.leader is not None} == {near[0].leader.track_id}
    assert all(m.leader is not None and m.leader.expression is Expression.HAPPY for m in near)
    assert moments[-1].leader is None or not moments[-1].leader.is_present
