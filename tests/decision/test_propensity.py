"""The stated chance is the real one: compared with the frequencies of simulated draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from appliance.decision.propensity import (
    group_win_probability,
    largest_draws,
    log_beta,
    plausible,
    win_probability,
    win_probability_above,
)
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


def grouped(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arms of many sizes, up to 50 equal ones of each."""
    rng = np.random.default_rng(seed)
    wide = 10 ** rng.uniform(-0.5, 3, (count, 2))
    arms = rng.uniform(1, 40, (count, 2)) if seed % 2 else wide
    return arms, rng.integers(1, 50, count), log_beta(arms)


@pytest.mark.parametrize("seed", range(6))
def test_arms_left_out_would_hardly_ever_have_won(seed: int) -> None:
    arms, counts, log_betas = grouped(seed)
    kept, threshold = plausible(arms, counts, log_betas)
    assert 0 < kept.sum() < len(arms)
    rng = np.random.default_rng(seed)
    best = np.stack([rng.beta(*arms[row], (2000, counts[row])).max(1) for row in range(len(arms))])
    wins = np.bincount(best.argmax(axis=0), minlength=len(arms))
    # 2000 draws: 0.2 wins are promised at most.
    assert wins[~kept].sum() <= 4
    assert (best.max(axis=0) <= threshold).sum() <= 4


@pytest.mark.parametrize("seed", range(6))
def test_the_chance_above_the_threshold_is_the_whole_chance(seed: int) -> None:
    arms, counts, log_betas = grouped(seed)
    kept, threshold = plausible(arms, counts, log_betas)
    arms, counts, log_betas = arms[kept], counts[kept], log_betas[kept]
    above = [
        win_probability_above(arms, counts, log_betas, row, threshold) for row in range(len(arms))
    ]
    whole = [group_win_probability(arms, counts, row) for row in range(len(arms))]
    assert above == pytest.approx(whole, abs=0.002)
    assert float(np.dot(above, counts)) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("arm", "count"), [((2.0, 2.0), 500), ((0.4, 0.6), 40), ((90.0, 9.0), 99)])
def test_the_largest_draw_in_one_step_is_distributed_as_the_largest_of_many(
    arm: tuple[float, float], count: int
) -> None:
    rng = np.random.default_rng(3)
    one_step = largest_draws(np.array([arm] * 4000), np.full(4000, count), rng)
    many = rng.beta(*arm, (4000, count)).max(axis=1)
    for share in (0.1, 0.5, 0.9):
        below = float(np.mean(one_step <= np.quantile(many, share)))
        assert below == pytest.approx(share, abs=0.035)


def test_of_a_hundred_thousand_clips_the_stated_chances_add_up() -> None:
    arms = np.array([(2.0, 2.0), (2.4, 1.6), (1.6, 2.4), (31.4, 1.6), (12.0, 6.0), (400.0, 9.0)])
    counts = np.array([40_000, 30_000, 29_000, 20, 900, 2])
    log_betas = log_beta(arms)
    kept, threshold = plausible(arms, counts, log_betas)
    total = sum(
        counts[row] * win_probability_above(arms, counts, log_betas, row, threshold)
        for row in np.flatnonzero(kept)
    )
    assert total == pytest.approx(1, abs=1e-3)
