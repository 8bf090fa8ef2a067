"""Pictures -> points on the circumplex -> moods, against sums and draws done by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.domain import Mood
from appliance.errors import ModelError
from appliance.inference.mood_classifier import MAX_BATCH, MoodClassifier
from appliance.inference.mood_sectors import probabilities
from tests.inference.tiny_networks import save_emotion, save_mood


def plain(red: int, green: int, blue: int) -> np.ndarray:
    """A picture of one colour, blue-green-red as the unit holds it."""
    return np.full((20, 30, 3), (blue, green, red), np.uint8)


def test_sectors_share_out_a_normal_error_as_draws_do() -> None:
    rng = np.random.default_rng(0)
    point, covariance = np.array([0.4, -0.3]), np.array([[0.7, 0.2], [0.2, 0.4]])
    drawn = rng.multivariate_normal(point, covariance, 200_000)
    angles = np.degrees(np.arctan2(drawn[:, 1], drawn[:, 0])) % 360
    shares = np.bincount((angles // 45).astype(int), minlength=8) / len(drawn)
    assert probabilities(point[None], covariance)[0] == pytest.approx(shares, abs=0.004)


def test_a_sure_point_is_in_its_sector_and_the_middle_in_all() -> None:
    angles = np.radians(45 * np.arange(8) + 22.5)
    points = 3 * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    found = probabilities(points, np.eye(2) * 0.05)
    assert found.argmax(axis=1).tolist() == list(range(8))
    assert found.max(axis=1).min() > 0.99
    assert probabilities(np.zeros((1, 2)), np.eye(2))[0] == pytest.approx([1 / 8] * 8)


def test_colours_become_points_in_order_beyond_one_batch(tmp_path: Path) -> None:
    classifier = MoodClassifier.open(save_mood(tmp_path))
    pleasant, unpleasant = plain(255, 255, 0), plain(0, 0, 255)
    told = classifier.classify([pleasant] * MAX_BATCH + [unpleasant])
    assert len(told) == MAX_BATCH + 1
    assert (told[0].valence, told[0].arousal) == pytest.approx((0.5, 0.25))
    assert told[0].mood is Mood.HAPPY
    assert (told[-1].valence, told[-1].arousal) == pytest.approx((-0.5, -0.25))
    assert told[-1].mood is Mood.WITHERED
    assert sum(told[0].probabilities) == pytest.approx(1)


def test_points_beyond_the_scale_end_at_its_end(tmp_path: Path) -> None:
    scale = {
        "source": "made up",
        "full_scale": 0.5,
        "error_valence": 1.0,
        "error_arousal": 1.0,
        "error_correlation": 0.0,
    }
    classifier = MoodClassifier.open(save_mood(tmp_path, scale=scale))
    (told,) = classifier.classify([plain(255, 255, 0)])
    assert (told.valence, told.arousal) == (1.0, 1.0)


def test_another_task_s_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is for emotion, not for picture-mood"):
        MoodClassifier.open(save_emotion(tmp_path))
