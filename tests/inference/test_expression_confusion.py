"""Which expressions the shipped network takes for which, by its own manifest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from appliance.domain import EMOTIONS
from appliance.inference import shipped_models_dir
from appliance.inference.expression_confusion import expression_confusion
from appliance.inference.model_manifest import EmotionManifest, load_manifest


def shipped(**metrics: Any) -> EmotionManifest:
    (path,) = shipped_models_dir().glob("emotion_*.json")
    manifest = load_manifest(path)
    assert isinstance(manifest, EmotionManifest)
    return manifest.model_copy(update={"metrics": metrics} if metrics else {})


def test_the_shipped_network_knows_its_confusions() -> None:
    confusion = expression_confusion(shipped())
    assert confusion is not None
    np.testing.assert_allclose(np.sum(confusion, axis=1), 1)
    assert min(confusion[each][each] for each in range(3)) > 0.6


def test_they_are_the_shares_among_the_three_leading_emotions() -> None:
    counts = np.zeros((7, 7))
    happiness, neutral, sadness, anger = (
        EMOTIONS.index(name) for name in ("happiness", "neutral", "sadness", "anger")
    )
    counts[happiness, [happiness, neutral]] = (8, 2)
    counts[neutral, [neutral, anger]] = (5, 90)
    counts[sadness, [neutral, sadness]] = (1, 3)
    found = expression_confusion(shipped(own={"note": 1}, test={"confusion": counts.tolist()}))
    assert found == ((0.8, 0.2, 0.0), (0.0, 1.0, 0.0), (0.0, 0.25, 0.75))


@pytest.mark.parametrize(
    "metrics",
    [
        {"note": "not measured"},
        {"test": {"confusion": [[1, 2], [3, 4]]}},
        {"test": {"confusion": "nonsense"}},
        {"test": {"confusion": [[0] * 7] * 7}},
        {"test": {"confusion": [[float("nan")] * 7] * 7}},
    ],
)
def test_what_was_not_measured_is_not_known(metrics: dict[str, Any]) -> None:
    assert expression_confusion(shipped(**metrics)) is None
