"""Estimates from logs whose truth is known: intervals cover it, and each half mends the other."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.decision.hope import DrawSettings, deviations, hopeful
from appliance.decision.off_policy import (
    LEAST_CHOICES,
    Estimate,
    LoggedChoice,
    TargetPolicy,
    estimate,
)
from appliance.decision.target_policies import (
    most_liked,
    shared_thompson,
    target_policies,
    thompson,
    uniform,
)
from appliance.domain import Expression

CLIPS = 5
LOGS = 200
COVERED = (0.905, 0.995)
"""95 % of so many logs, give or take three deviations."""
SHARES = np.array([0.3, 0.5, 0.2])
ARMS = np.random.default_rng(1).uniform(1, 9, (len(Expression), CLIPS, 2))
"""What was believed under each expression, all the time."""
HEARD = 40.0
LIKED = np.random.default_rng(2).beta(2, 3, (len(Expression), CLIPS))
LOGGED = [0.7 * thompson(arms) + 0.3 / CLIPS for arms in ARMS]
"""The policy that wrote the log."""


def a_log(seed: int, choices: int = 200) -> list[LoggedChoice]:
    rng = np.random.default_rng(seed)
    log = []
    for expression in rng.choice(len(Expression), choices, p=SHARES):
        taken = int(rng.choice(CLIPS, p=LOGGED[expression] / LOGGED[expression].sum()))
        log.append(
            LoggedChoice(
                Expression(int(expression)),
                tuple(range(CLIPS)),
                ARMS[expression],
                taken,
                float(LOGGED[expression][taken]),
                float(rng.random() < LIKED[expression][taken]),
            )
        )
    return log


def truth(target: TargetPolicy) -> float:
    return sum(
        float(SHARES[each] * np.dot(target(ARMS[each], HEARD), LIKED[each])) for each in Expression
    )


POLICIES = target_policies(DrawSettings())


@pytest.mark.parametrize("name", ["uniform", "most-liked", "thompson", "shared-thompson"])
def test_the_interval_covers_the_truth_as_often_as_it_says(name: str) -> None:
    chances = {arms.tobytes(): POLICIES[name](arms, HEARD) for arms in ARMS}
    found = [estimate(a_log(seed), lambda arms, _: chances[arms.tobytes()]) for seed in range(LOGS)]
    covered = np.mean([each.low <= truth(POLICIES[name]) <= each.high for each in found])
    assert COVERED[0] <= covered <= COVERED[1]
    error = np.mean([each.value for each in found]) - truth(POLICIES[name])
    assert abs(error) < 0.008


def test_the_intervals_of_the_gain_cover_the_true_gain() -> None:
    logged = sum(
        float(SHARES[each] * np.dot(LOGGED[each] / LOGGED[each].sum(), LIKED[each]))
        for each in Expression
    )
    found = [estimate(a_log(seed), uniform) for seed in range(LOGS)]
    gain = truth(uniform) - logged
    covered = np.mean([each.gain_low <= gain <= each.gain_high for each in found])
    assert COVERED[0] <= covered <= COVERED[1]


def test_a_wrong_model_is_mended_by_the_weights() -> None:
    # Every clip is taken for another: the model of clips learns nothing that is true.
    def scrambled(choice: LoggedChoice, number: int) -> LoggedChoice:
        ids = tuple(np.random.default_rng(number).permutation(CLIPS))
        return LoggedChoice(
            choice.expression, ids, choice.arms, choice.taken, choice.probability, choice.reward
        )

    found = [
        estimate(
            [scrambled(choice, 1000 * seed + row) for row, choice in enumerate(a_log(seed))],
            most_liked,
        )
        for seed in range(60)
    ]
    model_error = np.mean([each.model_alone for each in found]) - truth(most_liked)
    error = np.mean([each.value for each in found]) - truth(most_liked)
    assert abs(model_error) > 0.05
    assert abs(error) < 0.015


def test_wrong_chances_are_mended_by_a_right_model() -> None:
    # With chances written down wrongly the weights alone mislead.
    def misstated(choice: LoggedChoice) -> LoggedChoice:
        assert choice.expression is not None
        is_good = LIKED[choice.expression][choice.taken] > 0.45
        probability = choice.probability * (0.3 if is_good else 1.0)
        return LoggedChoice(
            choice.expression,
            choice.clip_ids,
            choice.arms,
            choice.taken,
            probability,
            choice.reward,
        )

    found = [
        estimate([misstated(choice) for choice in a_log(seed, 3000)], uniform) for seed in range(20)
    ]
    weighting_error = np.mean([each.weighting_alone for each in found]) - truth(uniform)
    error = np.mean([each.value for each in found]) - truth(uniform)
    assert abs(weighting_error) > 0.07
    assert abs(error) < 0.3 * abs(weighting_error)


def test_the_model_narrows_the_interval() -> None:
    log = a_log(3, 2000)
    found = estimate(log, most_liked)
    rewards = np.array([choice.reward for choice in log])
    weights = np.array(
        [most_liked(choice.arms)[choice.taken] / choice.probability for choice in log]
    )
    half = 1.96 * np.std(weights * rewards) / np.sqrt(len(log))
    assert found.high - found.low < 2 * half * 0.9


def test_of_the_same_policy_it_is_what_was_answered() -> None:
    log = a_log(4)
    chances = {arms.tobytes(): each for arms, each in zip(ARMS, LOGGED, strict=True)}
    found = estimate(log, lambda arms, _: chances[arms.tobytes()])
    assert found.value == pytest.approx(found.logged, abs=0.02)
    assert found.gain == pytest.approx(0, abs=0.02)
    assert found.effective_choices == pytest.approx(len(log))
    assert found.warnings == ()


def test_a_policy_that_was_hardly_tried_is_doubted() -> None:
    arms = np.array([(90.0, 10.0), (2.0, 8.0)])
    rng = np.random.default_rng(5)
    log = [
        LoggedChoice(Expression.HAPPY, (1, 2), arms, taken, 0.99 if taken == 0 else 0.01, 1.0)
        for taken in (rng.random(400) < 0.01).astype(int)
    ]

    def contrary(_arms: np.ndarray, _answers: float) -> np.ndarray:
        return np.array([0.0, 1.0])

    found: Estimate = estimate(log, contrary)
    assert found.effective_choices < 20
    assert found.clipped_share > 0.5
    text = " ".join(found.warnings)
    assert "seldom tried" in text
    assert "cut off" in text


def test_too_few_choices_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        estimate(a_log(6, LEAST_CHOICES - 1), uniform)


@pytest.mark.parametrize(
    "arms",
    [
        [(2.0, 2.0), (2.0, 2.0), (6.0, 2.0)],
        [(90.0, 10.0), (89.0, 11.0), (0.5, 0.5), (3.0, 3.0)],
        [(1.5, 1.5)],
        [(4.0, 2.0), (4.0, 2.0)],
    ],
)
def test_the_policies_take_each_clip_as_often_as_they_say(arms: list[tuple[float, float]]) -> None:
    pairs, rng, count = np.array(arms), np.random.default_rng(9), 20_000
    settings = DrawSettings(optimism=1.5, spread=0.5, floor=0.1)
    plain = rng.beta(pairs[:, 0], pairs[:, 1], (count, len(pairs)))
    drawn = hopeful(pairs, deviations(40, 1.5), 0.5)
    hoped = rng.beta(drawn[:, 0], drawn[:, 1], (count, len(pairs))).argmax(axis=1)
    means = pairs[:, 0] / pairs.sum(axis=1)
    best = np.flatnonzero(means >= means.max() - 1e-9)
    mixed = np.where(rng.random(count) < 0.1, rng.integers(0, len(pairs), count), hoped)
    for policy, taken in (
        (thompson, plain.argmax(axis=1)),
        (lambda each: shared_thompson(each, 40, settings), mixed),
    ):
        frequencies = np.bincount(taken, minlength=len(pairs)) / count
        np.testing.assert_allclose(policy(pairs), frequencies, atol=0.018)
        assert policy(pairs).sum() == pytest.approx(1)
    assert most_liked(pairs)[best].sum() == pytest.approx(1)
    assert uniform(pairs).sum() == pytest.approx(1)
