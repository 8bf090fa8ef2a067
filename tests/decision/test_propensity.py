"""The stated chance is the real one: compared with the frequencies of simulated draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from appliance.decision.draw import Draw
from appliance.decision.posteriors import Groups
from appliance.decision.propensity import (
    interval,
    largest_draws,
    log_beta,
    plausible,
    win_probabilities_above,
    win_probability_above,
)
from appliance.domain import Posterior

DRAWS = 20_000
EVEN_SHARE = 0.05
SPREAD = np.random.default_rng(7)

ARMS: dict[str, list[tuple[float, float]]] = {
    "one": [(2.4, 1.6)],
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


def draw_of(name: str, even_share: float = EVEN_SHARE) -> Draw:
    """The clips are the arms, in their order."""
    arms, group_of = np.unique(np.array(ARMS[name]), axis=0, return_inverse=True)
    groups = Groups(arms, group_of.reshape(-1), arms, log_beta(arms))
    return Draw(groups, np.arange(len(ARMS[name])), even_share)


def counted_draws(name: str, rng: np.random.Generator) -> np.ndarray:
    """The largest draw wins."""
    arms = np.array(ARMS[name])
    winners = rng.beta(arms[:, 0], arms[:, 1], size=(DRAWS, len(arms))).argmax(axis=1)
    is_even = rng.random(DRAWS) < EVEN_SHARE
    return np.where(is_even, rng.integers(0, len(arms), DRAWS), winners)


@pytest.mark.parametrize("name", ARMS)
def test_it_is_the_frequency_of_20_000_draws(name: str) -> None:
    draw = draw_of(name)
    winners = counted_draws(name, np.random.default_rng(11))
    frequencies = np.bincount(winners, minlength=len(ARMS[name])) / DRAWS
    # Beside the promised 0.002, what the simulation itself may be off by: 4.5 deviations.
    for arm, frequency in enumerate(frequencies):
        stated = draw.chance(arm)
        noise = 4.5 * math.sqrt(max(stated * (1 - stated), 1 / DRAWS) / DRAWS)
        assert stated == pytest.approx(frequency, abs=0.002 + noise), f"arm {arm}"


@pytest.mark.parametrize("name", ["prior groups", "narrow under wide", "under one"])
def test_the_real_draw_takes_each_as_often_as_stated(name: str) -> None:
    draw, rng = draw_of(name), np.random.default_rng(12)
    picked = [draw.pick(rng) for _ in range(DRAWS // 4)]
    frequencies = np.bincount([place for place, _ in picked], minlength=len(ARMS[name]))
    for arm, count in enumerate(frequencies):
        noise = 4.5 * math.sqrt(draw.chance(arm) / len(picked))
        assert count / len(picked) == pytest.approx(draw.chance(arm), abs=0.002 + noise)
    evenly = sum(is_even for _, is_even in picked) / len(picked)
    assert evenly == pytest.approx(EVEN_SHARE, abs=0.02)


@pytest.mark.parametrize("name", ARMS)
def test_the_chances_of_all_arms_add_up_to_one(name: str) -> None:
    draw = draw_of(name)
    total = sum(draw.chance(arm) for arm in range(len(ARMS[name])))
    assert total == pytest.approx(1, abs=max(1e-3, 5e-5 * len(ARMS[name])))


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_keeps_its_floor(name: str) -> None:
    draw = draw_of(name)
    assert draw.floor == pytest.approx(EVEN_SHARE / len(ARMS[name]))
    assert min(draw.chance(arm) for arm in range(len(ARMS[name]))) >= draw.floor


@pytest.mark.parametrize("name", ARMS)
def test_the_chances_of_all_at_once_are_those_of_each(name: str) -> None:
    arms, counts = np.unique(np.array(ARMS[name]), axis=0, return_counts=True)
    threshold = float(np.max(arms[:, 0] / arms.sum(axis=1)))
    together, nobody = win_probabilities_above(arms, counts, threshold)
    for mine in range(len(arms)):
        one, none = win_probability_above(arms, counts, log_beta(arms), mine, threshold)
        assert together[mine] == pytest.approx(one, abs=0.002)
        assert nobody == pytest.approx(none, abs=0.002)


def test_a_single_arm_is_certain() -> None:
    groups = Groups(*(np.array(each) for each in ([[0.2, 70]], [0], [[0.2, 70]])), np.array([0.0]))
    assert Draw(groups, np.array([0]), 0.1).pick(SPREAD)[0] == 0
    assert draw_of("one").chance(0) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("alpha", [1.0, 2.0, 5.0, 30.0])
def test_against_uniform_it_is_the_mean(alpha: float) -> None:
    # P(X > U) = E[X] for a uniform U.
    arms = np.array([(alpha, 3.0), (1.0, 1.0)])
    wins, nobody = win_probabilities_above(arms, np.ones(2, np.int64), 1e-6)
    assert wins[0] == pytest.approx(alpha / (alpha + 3), abs=2e-4)
    assert nobody == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("arm", [(0.4, 0.6), (2.4, 1.6), (90.0, 9.0), (1.0, 500.0)])
def test_the_interval_holds_the_middle_of_the_draws(arm: tuple[float, float]) -> None:
    low, high = interval(Posterior(*arm))
    draws = np.random.default_rng(5).beta(*arm, 200_000)
    assert np.mean(draws < low) == pytest.approx(0.025, abs=0.003)
    assert np.mean(draws > high) == pytest.approx(0.025, abs=0.003)


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
    above, below = zip(
        *(
            win_probability_above(arms, counts, log_betas, row, threshold)
            for row in range(len(arms))
        ),
        strict=True,
    )
    whole, _ = win_probabilities_above(arms, counts, 1e-6)
    assert list(above) == pytest.approx(list(whole), abs=0.002)
    assert max(below) <= 1e-4
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
        counts[row] * win_probability_above(arms, counts, log_betas, row, threshold)[0]
        for row in np.flatnonzero(kept)
    )
    assert total == pytest.approx(1, abs=1e-3)
