"""Trying a network out on a known face, before a unit is given it."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import numpy as np

from appliance.domain import Box, Detection, Image
from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector
from appliance.inference.model_manifest import (
    EmotionManifest,
    FaceManifest,
    ModelManifest,
    PictureMoodManifest,
)
from appliance.inference.mood_classifier import MoodClassifier
from appliance.inference.onnx_model import OnnxModel

HEIGHT_RATIO = (0.35, 2.2)
"""Heights of a detection, over the face's, between which it finds the face."""

TIMED_RUNS, TIMED_MS = 7, 5_000.0
"""A network is run so often to time it, or until so long has passed."""


@dataclass(frozen=True, slots=True)
class TrialPicture:
    """A picture [H, W, 3] of one person."""

    image: Image
    face: Box
    """In its pixels."""


def try_out(path: Path, picture: TrialPicture) -> ModelManifest:
    """Open the network at ``path``, hold it to its manifest and self test, show it ``picture``.

    Returns its manifest. Raises ModelError, saying which of these failed.
    """
    model = OnnxModel(path, must_agree=True)
    manifest = model.manifest
    match manifest:
        case FaceManifest():
            _try_detector(FaceDetector(model), model.path, picture)
        case EmotionManifest():
            _try_classifier(EmotionClassifier(model), model.path, picture)
        case PictureMoodManifest():
            # It says by itself when the answer is no point of the plane.
            MoodClassifier(model).classify([picture.image])
        case _:
            assert_never(manifest)
    return manifest


def measure_ms(path: Path, threads: int) -> float:
    """Milliseconds that the network at ``path`` takes for one picture: the median of a few.

    Raises ModelError when it cannot be opened or fails.
    """
    model = OnnxModel(path, threads)
    spec = model.manifest.input
    picture = np.zeros((1, spec.channels, *spec.size_px), np.float32)
    took_ms: list[float] = []
    while len(took_ms) < TIMED_RUNS and sum(took_ms) < TIMED_MS:
        started = time.perf_counter()
        model.run(picture)
        took_ms.append(1e3 * (time.perf_counter() - started))
    return statistics.median(took_ms)


def _try_detector(detector: FaceDetector, path: Path, picture: TrialPicture) -> None:
    detections = detector.detect(picture.image)
    # The surest one must be the face: a network that calls everything a face finds this one too.
    if not detections or not _finds(detections[0], picture.face):
        seen = f"{len(detections)} elsewhere" if detections else "none"
        raise ModelError(
            f"Network {path} does not find the face in the test picture ({seen} at confidence"
            f" {detector.confidence_threshold:g}): correct head, input or confidence_threshold in"
            " its manifest, or train it further"
        )


def _finds(detection: Detection, face: Box) -> bool:
    x, y = detection.box.centre
    lowest, highest = HEIGHT_RATIO
    return (
        face.x1 <= x <= face.x2
        and face.y1 <= y <= face.y2
        and lowest <= detection.box.height_px / face.height_px <= highest
    )


def _try_classifier(classifier: EmotionClassifier, path: Path, picture: TrialPicture) -> None:
    # An answer that is no number is told below, once.
    with np.errstate(all="ignore"):
        (scores,) = classifier.classify(picture.image, [picture.face])
    total = sum(scores.probabilities)
    if not math.isclose(total, 1.0, abs_tol=1e-6):
        raise ModelError(
            f"Network {path} gives no probabilities for the face in the test picture (they sum to"
            f" {total:g}): export it again"
        )
