"""Learning interest: from nothing to the paper's model to the unit's own, and never to a worse."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace

import numpy as np
import pytest

from appliance.domain import Reaction
from appliance.errors import FeedbackError
from appliance.feedback.interest import (
    MOST_WEIGHT,
    NOTHING_KNOWN,
    PAPER_COEFFICIENTS,
    InterestModel,
)
from appliance.feedback.interest_fit import sigmoid
from appliance.feedback.interest_training import (
    LEAST_ANSWERS,
    LEAST_OF_EACH,
    RatedReaction,
    Training,
    train,
)
from tests.feedback.simulated_month import COEFFICIENTS, CONCENTRATION, MEANS

NOW = dt.datetime(2027, 3, 2, 3, 31, tzinfo=dt.UTC)


def visits(
    count: int, coefficients: np.ndarray = COEFFICIENTS, *, seed: int = 0, is_noise: bool = False
) -> list[RatedReaction]:
    """Rated visits of twelve sampled seconds each."""
    rng = np.random.default_rng(seed)
    usual = rng.dirichlet(MEANS * CONCENTRATION, count)
    far = (usual - MEANS) / np.sqrt(MEANS * (1 - MEANS) / (CONCENTRATION + 1))
    liked = rng.random(count) < sigmoid(far @ coefficients + 0.4)
    if is_noise:
        rng.shuffle(liked)
    seconds = [rng.multinomial(12, shares) for shares in usual]
    return [
        RatedReaction(Reaction(str(n), 12, tuple(100 * seconds[n] / 12)), n, bool(liked[n]))
        for n in range(count)
    ]


def trained(rated: list[RatedReaction], before: InterestModel = NOTHING_KNOWN) -> Training:
    return train([each.reaction for each in rated], rated, before, NOW)


def of_each(yes: int, no: int) -> list[RatedReaction]:
    pool = visits(400)
    return [each for each in pool if each.liked][:yes] + [each for each in pool if not each.liked][
        :no
    ]


def test_nothing_is_predicted_without_reactions_or_answers() -> None:
    assert trained([]).outcome.startswith("nothing is predicted yet: 0 reactions")
    reactions = [each.reaction for each in visits(100)]
    result = train(reactions, visits(100)[: LEAST_ANSWERS - 1], NOTHING_KNOWN, NOW)
    assert result.outcome.startswith("nothing is predicted yet: 9 rated reactions")
    assert result.model.predict(reactions[0]) is None


@pytest.mark.parametrize(("yes", "no"), [(40, 0), (0, 40), (40, LEAST_OF_EACH - 1)])
def test_too_few_of_one_answer_leave_the_paper_s_coefficients(yes: int, no: int) -> None:
    rated = of_each(yes, no)
    result = trained(rated)
    model = result.model
    assert f"{yes} visits said yes and {no} said no" in result.outcome
    assert (model.coefficients, model.is_fitted, model.weight) == (PAPER_COEFFICIENTS, False, 0)
    assert result.is_new
    # The intercept is the place's own: the mean prediction is the rated share.
    predicted = [model.predict(each.reaction) or 0.0 for each in rated]
    assert np.mean(predicted) == pytest.approx((yes + 1) / (yes + no + 2), abs=1e-6)


def test_enough_visits_give_a_model_of_the_place_s_own() -> None:
    model = trained(visits(600)).model
    assert model.is_fitted
    assert model.held_out is not None
    assert 0 < model.weight <= MOST_WEIGHT
    assert model.weight == model.held_out.skill.low
    assert model.held_out.brier < model.held_out.brier_of_prior
    # Surprise speaks against a clip here; the paper's prior says the opposite.
    fitted, true = np.array(model.coefficients), COEFFICIENTS
    strong = np.abs(true) > 0.5
    assert np.array_equal(np.sign(fitted[strong]), np.sign(true[strong]))
    assert np.all(np.abs(fitted - true) < np.abs(np.array(PAPER_COEFFICIENTS) - true)[strong].max())


def test_the_fit_lies_between_the_paper_and_what_the_answers_say() -> None:
    few, many = (
        np.array(trained(visits(count, -np.array(PAPER_COEFFICIENTS))).model.coefficients)
        for count in (150, 1500)
    )
    to_paper = [np.linalg.norm(fit - np.array(PAPER_COEFFICIENTS)) for fit in (few, many)]
    assert to_paper[0] < to_paper[1]


def test_answers_that_follow_the_paper_give_its_prior_a_weight() -> None:
    result = trained(visits(900, np.array(PAPER_COEFFICIENTS) * 1.6, seed=3))
    held_out = result.model.held_out
    assert held_out is not None
    assert held_out.skill_of_prior.low > 0
    assert result.model.weight > 0


def test_a_fit_that_is_worse_than_the_paper_is_not_installed() -> None:
    """Where answers follow the paper, few of them only blur it."""
    result = trained(visits(250, np.array(PAPER_COEFFICIENTS) * 1.3))
    refused = result.refused
    assert refused is not None
    assert refused.held_out is not None
    assert refused.held_out.skill.low > 0  # better than no model at all
    assert "worse than the paper's coefficients on held-out visits" in result.outcome
    assert result.model.coefficients == PAPER_COEFFICIENTS
    assert result.model.weight > 0


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_not_installed_and_counts_nothing(seed: int) -> None:
    result = trained(visits(300, seed=seed, is_noise=True))
    assert result.refused is not None
    assert result.outcome.startswith("not installed: ")
    assert (result.model.is_fitted, result.model.weight) == (False, 0)


def test_a_fit_that_is_refused_leaves_the_model_before_as_it_was() -> None:
    before = trained(visits(900)).model
    result = trained(visits(70, seed=5), before)
    assert result.refused is not None
    assert result.model is before
    assert not result.is_new
    assert trained(of_each(40, 3), before).model is before
    assert train([], [], before, NOW).model is before


def test_a_model_before_that_no_longer_helps_gives_way_to_the_prior() -> None:
    before = trained(visits(900)).model
    result = trained(visits(300, is_noise=True), before)
    assert result.model is not before
    assert (result.model.is_fitted, result.model.weight) == (False, 0)


def test_answers_of_one_visit_are_never_on_both_sides() -> None:
    """Copies of a visit would make any model look as if it had foreseen them."""
    noise = visits(60, seed=2, is_noise=True)
    copies = [
        replace(each, visit_id=place, reaction=replace(each.reaction, play_id=f"{place}-{copy}"))
        for copy in range(8)
        for place, each in enumerate(noise)
    ]
    together, apart = (
        result.refused or result.model
        for result in (
            trained(copies),
            trained([replace(each, visit_id=None) for each in copies]),
        )
    )
    assert together.held_out is not None
    assert apart.held_out is not None
    assert together.held_out.roc_auc.value < 0.55
    assert apart.held_out.roc_auc.value > together.held_out.roc_auc.value + 0.1


def test_intervals_hold_their_figures_and_narrow_with_more_visits() -> None:
    widths = []
    for count in (150, 1200):
        result = trained(visits(count))
        held_out = (result.refused or result.model).held_out
        assert held_out is not None
        for figure in (held_out.skill, held_out.roc_auc, held_out.balanced_accuracy):
            assert figure.low < figure.value < figure.high
        widths.append(held_out.roc_auc.high - held_out.roc_auc.low)
    assert widths[1] < widths[0] / 2


def test_more_folds_than_visits_are_refused_in_one_line() -> None:
    rated = of_each(40, 30)
    with pytest.raises(FeedbackError, match="30 visits of one kind cannot be parted into 31 folds"):
        train([each.reaction for each in rated], rated, NOTHING_KNOWN, NOW, folds=31)


def test_reactions_without_samples_teach_nothing() -> None:
    rated = visits(600)
    empty = [replace(each, reaction=Reaction("e", 0, (0.0,) * 7)) for each in rated[:50]]
    assert trained(rated + empty).model == trained(rated).model


def test_without_scikit_learn_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(FeedbackError, match=r"pip install scikit-learn"):
        trained(visits(100))


def test_predicting_needs_no_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    model = trained(visits(600)).model
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert model.predict(visits(1)[0].reaction) is not None
