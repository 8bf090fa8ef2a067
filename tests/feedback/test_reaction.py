"""Cumulative emotion ratio (viewer-interest paper, eq. 1)."""

from __future__ import annotations

import pytest

from appliance.domain import EMOTIONS, EmotionSample
from appliance.feedback.reaction import reaction_of


def sample(emotion: str, is_abstained: bool = False) -> EmotionSample:
    probabilities = tuple(0.4 if name == emotion else 0.1 for name in EMOTIONS)
    return EmotionSample(0.0, probabilities, 0.0, 0.0, 1, is_abstained)


def test_ratios_are_percent_of_the_sampled_seconds() -> None:
    samples = [sample("neutral")] * 5 + [sample("happiness")] * 3 + [sample("anger")] * 2
    reaction = reaction_of("p", samples)
    assert dict(zip(EMOTIONS, reaction.ratios, strict=True)) == pytest.approx(
        {
            "neutral": 50,
            "happiness": 30,
            "sadness": 0,
            "surprise": 0,
            "fear": 0,
            "disgust": 0,
            "anger": 20,
        }
    )
    assert (reaction.play_id, reaction.sampled) == ("p", 10)


def test_abstained_seconds_count_in_no_ratio() -> None:
    samples = [sample("happiness")] + [sample("fear", is_abstained=True)] * 9
    reaction = reaction_of("p", samples)
    assert reaction.sampled == 1
    assert reaction.ratios[EMOTIONS.index("happiness")] == 100
    assert reaction.ratios[EMOTIONS.index("fear")] == 0


def test_nothing_sampled_is_no_reaction() -> None:
    for samples in ([], [sample("fear", is_abstained=True)]):
        reaction = reaction_of("p", samples)
        assert (reaction.sampled, reaction.ratios) == (0, (0.0,) * len(EMOTIONS))
