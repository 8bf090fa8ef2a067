"""Pictures begin no visit, people do as before: the shipped networks on videos and a poster."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from appliance.audience import AudienceRules
from appliance.camera.builtin import (
    ASSETS,
    CYCLE_S,
    EMPTY_S,
    PHOTO_FACE_CENTRE,
    WALK_S,
    BuiltinCamera,
)  # fmt: skip
from appliance.daemon.perception import Perception
from appliance.domain import AudienceMoment, Frame, Image
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector
from tests.end_to_end.visits_on_videos import VIDEOS, begun, watch
from tests.inference.shared_data import shared, shipped

FPS = 4.0


@pytest.fixture(scope="module")
def networks() -> tuple[FaceDetector, EmotionClassifier]:
    return (
        FaceDetector.open(shipped("face_yolo_320.onnx")),
        EmotionClassifier.open(shipped("emotion_resnet50_mish_int8.onnx")),
    )


@pytest.mark.parametrize("video", VIDEOS)
def test_every_visit_begins_as_early_as_without_asking_for_life(
    networks: tuple[FaceDetector, EmotionClassifier], video: str
) -> None:
    found = begun(watch(shared(f"video/{video}"), Perception(*networks, AudienceRules())))

    assert found.alive == found.held


def poster() -> Image:
    """A face of its own for the wall: the portrait the other way round."""
    photo = cv2.imread(str(ASSETS / "astronaut.jpg"))
    x, y = map(int, PHOTO_FACE_CENTRE)
    cut = cv2.resize(photo[y - 90 : y + 90, x - 90 : x + 90], (150, 150))
    return np.asarray(cv2.flip(cut, 1), np.uint8)


def lobby(perception: Perception, with_visitor: bool, seconds: float) -> list[AudienceMoment]:
    """A poster on the wall, seen by a noisy camera."""
    feed, picture, rng = BuiltinCamera(640, 480, FPS), poster(), np.random.default_rng(1)
    noises = [rng.normal(0, 3, (480, 640, 3)).astype(np.float32) for _ in range(7)]
    moments = []
    for number in range(int(seconds * FPS)):
        image = feed.draw(number / FPS if with_visitor else 0.0).copy()
        image[20:170, 20:170] = picture
        image = np.asarray(np.clip(image + noises[number % 7], 0, 255), np.uint8)
        moments.append(perception.step(Frame(image, number / FPS, number)))
    return moments


def test_a_visitor_beside_a_poster_is_followed_and_the_poster_is_not(
    networks: tuple[FaceDetector, EmotionClassifier],
) -> None:
    moments = lobby(Perception(*networks, AudienceRules()), True, CYCLE_S)

    assert moments[int(6 * FPS)].watchers == 1
    (begins_s,) = begun(moments).alive
    assert EMPTY_S < begins_s < EMPTY_S + WALK_S + 1


def test_a_poster_alone_becomes_a_fixture(
    networks: tuple[FaceDetector, EmotionClassifier],
) -> None:
    moments = lobby(Perception(*networks, AudienceRules(fixture_after_s=15)), False, 20)

    assert begun(moments).alive == ()
    last = moments[-1]
    assert (last.watchers, last.leader, last.fixtures) == (0, None, 1)
    fixtures = [count for count, _ in itertools.groupby(moment.fixtures for moment in moments)]
    assert fixtures == [0, 1]
