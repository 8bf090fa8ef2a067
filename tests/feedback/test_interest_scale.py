"""A place's own scale: means, deviations, and short reactions held back."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.domain import EMOTIONS, Reaction
from appliance.feedback.interest_scale import (
    FARTHEST,
    LEAST_DEVIATION,
    LEAST_REACTIONS,
    MOST_PSEUDO_COUNT,
    ReactionScale,
    scale_of,
)

MEANS = np.array([0.5, 0.2, 0.1, 0.1, 0.0, 0.05, 0.05])


def reaction(seconds: list[int]) -> Reaction:
    total = sum(seconds)
    return Reaction("p", total, tuple(100 * n / total if total else 0.0 for n in seconds))


def place(concentration: float, plays: int = 3000, seconds: int = 12) -> list[Reaction]:
    """Watchers whose shares are Dirichlet(means * concentration)."""
    rng = np.random.default_rng(0)
    shown = MEANS > 0
    reactions = []
    for _ in range(plays):
        usual = np.zeros(7)
        usual[shown] = rng.dirichlet(MEANS[shown] * concentration)
        length = int(rng.integers(3, 2 * seconds))
        reactions.append(reaction(rng.multinomial(length, usual).tolist()))
    return reactions


@pytest.mark.parametrize("concentration", [8.0, 25.0])
def test_the_pseudo_count_is_how_alike_watchers_are(concentration: float) -> None:
    scale = scale_of(place(concentration))
    assert scale is not None
    assert scale.pseudo_count == pytest.approx(concentration, rel=0.15)
    assert scale.means == pytest.approx(MEANS, abs=0.02)


def test_watchers_who_differ_by_chance_alone_say_nothing() -> None:
    rng = np.random.default_rng(0)
    scale = scale_of([reaction(rng.multinomial(10, MEANS).tolist()) for _ in range(500)])
    assert scale is not None
    assert scale.pseudo_count > 100
    assert scale.pseudo_count <= MOST_PSEUDO_COUNT


def test_few_seconds_are_nearer_to_the_usual_than_many() -> None:
    scale = scale_of(place(8.0))
    assert scale is not None
    happy = EMOTIONS.index("happiness")
    smiles = [reaction([0, n, 0, 0, 0, 0, 0]) for n in (1, 4, 16)]
    far = scale.standardised(smiles)[:, happy]
    assert 0 < far[0] < far[1] < far[2]
    # One second of smiling among k seconds of the usual.
    k, mean = scale.pseudo_count, scale.means[happy]
    shrunken = (1 + k * mean) / (1 + k)
    assert far[0] == pytest.approx((shrunken - mean) / scale.deviations[happy])


def test_typical_reactions_have_mean_0_and_deviation_1() -> None:
    reactions = place(8.0)
    scale = scale_of(reactions)
    assert scale is not None
    far = scale.standardised(reactions)
    shown = MEANS > 0
    assert far.mean(axis=0) == pytest.approx(0, abs=0.1)
    assert far[:, shown].std(axis=0) == pytest.approx(1, abs=0.15)


def test_what_the_place_never_shows_cannot_become_decisive() -> None:
    scale = scale_of(place(8.0))
    assert scale is not None
    fear = EMOTIONS.index("fear")
    assert scale.deviations[fear] == LEAST_DEVIATION
    scared = reaction([0, 0, 0, 0, 20, 0, 0])
    assert scale.standardised([scared])[0, fear] == FARTHEST


def test_too_few_reactions_have_no_scale_and_those_without_samples_do_not_count() -> None:
    known = place(8.0, LEAST_REACTIONS)
    assert scale_of(known[1:] + [reaction([0] * 7)] * 50) is None
    assert scale_of(known) is not None


def test_a_place_with_one_face_only_has_a_scale() -> None:
    scale = scale_of([reaction([9, 0, 0, 0, 0, 0, 0])] * 40)
    assert isinstance(scale, ReactionScale)
    assert np.isfinite(scale.standardised([reaction([0, 3, 0, 0, 0, 0, 0])])).all()
