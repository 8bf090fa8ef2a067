"""The stated chance is the real one: compared with the frequencies of simulated draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from appliance.decision.propensity import win_probability
from appliance.domain import Posterior

DRAWS = 20_000
SPREAD = np.random.default_rng(7)

ARMS: dict[str, list[tuple[float, float]]] = {
    "two": [(2.4, 1.6), (1.6, 2.4)],
    "identical": [(2.0, 2.0)] * 7,
    "prior groups": [(2.4, 1.6)] * 40 + [(2.0, 2.0)] * 30 + [(1.6, 2.4)] * 30,
    "one against 500 to 1": [(500.0, 1.0), (1.0, 500.0), (2.4, 1.6)],
    "several of 500 to 1": [(500.0, 1.0)] * 3 + [(499.0, 2.0)] * 2 + [(2.0, 2.0)],
    "narrow under wide": [(5000.0, 5000.0), (5050.0, 4950.0), (2.0, 2.0)],
    "very narrow": [(5e5, 5e5), (2.4, 1.6), (1.6, 2.4)],
    "under one": [(0.4, 0.6), (0.5, 0.5), (0.1, 0.3), (2.0, 2.0)],
    "a hundred different": [tuple(pair) for pair in SPREAD.uniform(0.5, 60, (100, 2))],
    "a hundred of all sizes": [tuple(pair) for pair in 10 ** SPREAD.uniform(-0.5, 3.5, (100, 2))],
}


def arms_of(name: str) -> list[Posterior]:
    return [Posterior(float(alpha), float(beta)) for alpha, beta in ARMS[name]]


@pytest.mark.parametrize("name", ARMS)
def test_it_is_the_frequency_of_20_000_draws(name: str) -> None:
    arms = arms_of(name)
    parameters = np.array(ARMS[name])
    draws = np.random.default_rng(11).beta(
        parameters[:, 0], parameters[:, 1], size=(DRAWS, len(arms))
    )
    frequencies = np.bincount(np.argmax(draws, axis=1), minlength=len(arms)) / DRAWS
    # Beside the promised 0.002, what the simulation itself may be off by: 4.5 deviations.
    for arm, frequency in enumerate(frequencies):
        stated = win_probability(arms, arm)
        noise = 4.5 * math.sqrt(max(stated * (1 - stated), 1 / DRAWS) / DRAWS)
        assert stated == pytest.approx(frequency, abs=0.002 + noise), f"arm {arm}"


@pytest.mark.parametrize("name", ARMS)
def test_the_chances_of_all_arms_add_up_to_one(name: str) -> None:
    arms = arms_of(name)
    total = sum(win_probability(arms, arm) for arm in range(len(arms)))
    assert total == pytest.approx(1, abs=max(1e-3, 5e-5 * len(arms)))


def test_a_single_arm_is_certain() -> None:
    assert win_probability([Posterior(0.2, 700)], 0) == 1.0


@pytest.mark.parametrize("alpha", [1.0, 2.0, 5.0, 30.0])
def test_against_uniform_it_is_the_mean(alpha: float) -> None:
    # P(X > U) = E[X] for a uniform U.
    arms = [Posterior(alpha, 3.0), Posterior(1.0, 1.0)]
    assert win_probability(arms, 0) == pytest.approx(alpha / (alpha + 3), abs=2e-4)


def test_identical_arms_share_evenly() -> None:
    arms = [Posterior(3.7, 0.9)] * 9
    assert win_probability(arms, 4) == pytest.approx(1 / 9, abs=2e-4)
