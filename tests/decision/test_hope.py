"""What is drawn from: the hopeful part of what is believed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.decision.hope import deviations, hopeful

sides = st.floats(0.3, 3000)
above = st.floats(0, 5)


def moments(arms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    strength = arms.sum(axis=-1)
    mean = arms[..., 0] / strength
    return mean, np.sqrt(mean * (1 - mean) / (strength + 1))


def test_hope_grows_with_the_answers_and_ends_at_its_bound() -> None:
    reached = [deviations(answers, 2.3) for answers in (0, 5, 50, 500, 5000, 1e9)]
    assert reached == sorted(reached)
    assert reached[0] == 0
    assert reached[2] == pytest.approx(1.52, abs=0.05)
    assert reached[-2:] == [2.3, 2.3]
    assert deviations(1e9, 0) == 0


@pytest.mark.parametrize("arm", [(2.0, 3.0), (30.0, 50.0), (400.0, 100.0)])
def test_a_draw_lies_around_the_mean_and_so_many_deviations(arm: tuple[float, float]) -> None:
    mean, deviation = moments(np.array(arm))
    centre, width = moments(hopeful(np.array(arm), 1.5, 0.2))
    assert centre == pytest.approx(mean + 1.5 * deviation, abs=0.005)
    assert width == pytest.approx(0.2 * deviation, rel=0.06)


@given(alpha=sides, beta=sides, above=above, spread=st.floats(0.02, 1))
def test_what_is_drawn_from_is_always_a_distribution_within_0_and_1(
    alpha: float, beta: float, above: float, spread: float
) -> None:
    drawn = hopeful(np.array([(alpha, beta)]), above, spread)
    assert np.all(np.isfinite(drawn))
    assert np.all(drawn > 0)


@given(known=sides, more=st.floats(1.01, 50), above=st.floats(0.3, 3))
def test_of_two_clips_liked_alike_hope_is_larger_for_the_lesser_known(
    known: float, more: float, above: float
) -> None:
    arms = np.array([(known, known), (more * known, more * known)])
    centres, _ = moments(hopeful(arms, above, 0.1))
    assert centres[0] > centres[1]


def test_many_worlds_are_worked_out_at_once() -> None:
    arms = np.array([[(2.0, 3.0), (9.0, 1.0)], [(1.0, 1.0), (50.0, 2.0)]])
    both = hopeful(arms, np.array([[1.0], [2.0]]), 0.1)
    for world, each in enumerate((1.0, 2.0)):
        np.testing.assert_allclose(both[world], hopeful(arms[world], each, 0.1))
