"""What the interest model predicts, and how little it may count."""

from __future__ import annotations

import math

import pytest

from appliance.domain import EMOTIONS, Reaction
from appliance.feedback.interest import (
    MOST_COEFFICIENT,
    NOTHING_KNOWN,
    PAPER_COEFFICIENTS,
    InterestModel,
)
from appliance.feedback.interest_scale import ReactionScale

SCALE = ReactionScale((0.5, 0.2, 0.1, 0.1, 0.04, 0.03, 0.03), (0.15,) * 7, 6.0, 100)
PAPER = InterestModel(intercept=0.4, scale=SCALE)


def reaction(emotion: str, sampled: int = 20) -> Reaction:
    return Reaction("p", sampled, tuple(100.0 * (name == emotion) for name in EMOTIONS))


def test_the_paper_s_coefficients_stand_in_the_order_of_the_emotions() -> None:
    assert dict(zip(EMOTIONS, PAPER_COEFFICIENTS, strict=True)) == {
        "neutral": -0.41,
        "fear": 0.71,
        "happiness": 0.87,
        "anger": -0.33,
        "surprise": 0.35,
        "sadness": -0.08,
        "disgust": 0.51,
    }


def test_nothing_is_predicted_before_anything_is_known() -> None:
    assert NOTHING_KNOWN.predict(reaction("happiness")) is None
    assert NOTHING_KNOWN.weight == 0


def test_a_reaction_without_samples_predicts_nothing() -> None:
    assert PAPER.predict(reaction("happiness", 0)) is None


def test_the_usual_reaction_predicts_the_intercept() -> None:
    usual = Reaction("p", 12, tuple(100 * mean for mean in SCALE.means))
    assert PAPER.predict(usual) == pytest.approx(1 / (1 + math.exp(-0.4)))


def test_smiles_speak_for_and_blank_faces_against_interest() -> None:
    smiling, blank = PAPER.predict(reaction("happiness")), PAPER.predict(reaction("neutral"))
    assert smiling is not None
    assert blank is not None
    assert smiling > 0.8
    assert blank < 0.5


def test_a_second_of_smiling_says_less_than_twenty() -> None:
    one, twenty = (PAPER.predict(reaction("happiness", sampled)) for sampled in (1, 20))
    assert one is not None
    assert twenty is not None
    assert 1 / (1 + math.exp(-0.4)) < one < twenty


def test_no_coefficient_makes_it_overflow() -> None:
    for coefficient in (-MOST_COEFFICIENT, MOST_COEFFICIENT):
        wild = InterestModel((coefficient,) * 7, 0.0, SCALE)
        assert wild.predict(reaction("anger")) in (0, pytest.approx(0), pytest.approx(1))
