"""emotion_classifier.py: seven probabilities, three expressions, abstention, affect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.domain import Box, Expression
from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.pictures.picture_file import read_picture
from tests.inference.shared_data import ROOT, shipped
from tests.inference.tiny_networks import save_detector, save_emotion


def flat(brightness: int, size_px: int = 20) -> np.ndarray:
    return np.full((size_px, size_px, 3), brightness, np.uint8)


def test_faces_of_a_frame_are_classified_in_their_order(tmp_path: Path) -> None:
    classifier = EmotionClassifier.open(save_emotion(tmp_path), threads=1)
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 40:] = 255
    dark, bright = Box(5, 5, 35, 35), Box(45, 5, 75, 35)

    first, second = classifier.classify(picture, [bright, dark])

    assert first.expression is Expression.HAPPY
    assert second.expression is Expression.SAD
    assert sum(first.probabilities) == pytest.approx(1)
    assert first.confidence == max(first.probabilities)


def test_no_faces_give_no_scores(tmp_path: Path) -> None:
    classifier = EmotionClassifier.open(save_emotion(tmp_path), threads=1)

    assert classifier.classify(flat(0), []) == ()


def test_unsure_network_abstains(tmp_path: Path) -> None:
    classifier = EmotionClassifier.open(save_emotion(tmp_path), threads=1)

    (scores,) = classifier.classify_cropped([flat(128)])

    assert scores.expression is None
    assert scores.confidence < 0.45


def test_asked_threshold_replaces_the_manifest_s(tmp_path: Path) -> None:
    path = save_emotion(tmp_path, abstain_below=0.9)
    grey = flat(170)

    (abstained,) = EmotionClassifier.open(path, threads=1).classify_cropped([grey])
    (sure,) = EmotionClassifier.open(path, threads=1, abstain_below=0.5).classify_cropped([grey])

    assert abstained.expression is None
    assert sure.expression is Expression.HAPPY


def test_expressions_are_sums_as_the_manifest_maps_them(tmp_path: Path) -> None:
    mapping = {"happy": ["happiness"], "neutral": ["neutral"], "sad": ["sadness", "fear", "anger"]}
    path = save_emotion(tmp_path, expressions=mapping, abstain_below=0.1)
    classifier = EmotionClassifier.open(path, threads=1)
    happiest = np.array([0.1, 0.3, 0.15, 0.05, 0.15, 0.1, 0.15])

    assert classifier.interpret(happiest).expression is Expression.SAD
    assert classifier.expression_emotions[Expression.SAD] == (2, 4, 6)


def test_temperature_softens_the_probabilities(tmp_path: Path) -> None:
    (sharp,) = EmotionClassifier.open(save_emotion(tmp_path), threads=1).classify_cropped(
        [flat(180)]
    )
    (soft,) = EmotionClassifier.open(
        save_emotion(tmp_path, temperature=3.0), threads=1
    ).classify_cropped([flat(180)])

    # Logit 20 x (180/255 - 1/2) against its negative and five zeros.
    logits = np.array([0, 4.118, -4.118, 0, 0, 0, 0]) / 3
    expected = np.exp(logits) / np.exp(logits).sum()
    assert soft.probabilities == pytest.approx(expected, abs=1e-3)
    assert soft.confidence < sharp.confidence


def test_valence_and_arousal_are_expectations(tmp_path: Path) -> None:
    classifier = EmotionClassifier.open(save_emotion(tmp_path), threads=1)

    scores = classifier.interpret(np.array([0.2, 0.5, 0.3, 0, 0, 0, 0]))

    assert scores.valence == pytest.approx(0.5 * 0.8 - 0.3 * 0.6)
    assert scores.arousal == pytest.approx(0.5 * 0.5 - 0.3 * 0.3)


def test_more_faces_than_a_batch_keep_their_order(tmp_path: Path) -> None:
    classifier = EmotionClassifier.open(save_emotion(tmp_path), threads=1)
    pictures = [flat(255 if number % 3 == 0 else 0) for number in range(70)]

    scores = classifier.classify_cropped(pictures)

    happy = [score.expression is Expression.HAPPY for score in scores]
    assert happy == [number % 3 == 0 for number in range(70)]


def test_grey_pictures_are_taken_as_they_are(tmp_path: Path) -> None:
    classifier = EmotionClassifier.open(save_emotion(tmp_path), threads=1)

    (scores,) = classifier.classify_cropped([np.full((48, 48), 250, np.uint8)])

    assert scores.expression is Expression.HAPPY


def test_detector_is_no_emotion_network(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is for face-detection, not for emotion"):
        EmotionClassifier.open(save_detector(tmp_path))


def test_shipped_network_sees_the_portrait_s_smile() -> None:
    classifier = EmotionClassifier.open(shipped("emotion_resnet50_mish_int8.onnx"))
    portrait = read_picture(ROOT / "appliance" / "camera" / "assets" / "astronaut.jpg")

    (scores,) = classifier.classify(portrait, [Box(160, 58, 254, 166)])

    assert scores.expression is Expression.HAPPY
    assert scores.valence > 0.2
