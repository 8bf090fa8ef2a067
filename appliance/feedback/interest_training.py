"""Learns a unit's interest model from its rated visits and judges it on visits held out.

The one place that knows scikit-learn, an optional extra: folds and figures are its. Without it a
unit goes on with the model it has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from appliance.domain import Reaction
from appliance.errors import FeedbackError
from appliance.feedback.interest import (
    MOST_WEIGHT,
    NOTHING_KNOWN,
    PAPER_COEFFICIENTS,
    Estimate,
    HeldOut,
    InterestModel,
)
from appliance.feedback.interest_fit import Fit, fit_towards, with_share
from appliance.feedback.interest_scale import LEAST_REACTIONS, scale_of

Array = NDArray[np.float64]

LEAST_ANSWERS = 10
"""Before, the rated share (and with it the intercept) is hardly known."""

LEAST_OF_EACH = 25
"""Visits that said yes, and that said no: five of each in each of five folds."""

MOST_RATED = 4000
"""The latest; more would change little and cost a small computer its night."""

PRIOR_PRECISION = 4.0
"""Each coefficient's prior: the paper's, with deviation 0.5. The paper's own 33 viewings leave a
deviation of about 0.35 (1 / sqrt(33 / 4)); other people, places and lengths add theirs."""

PAPER = np.array(PAPER_COEFFICIENTS)

FOLDS = 5
RESAMPLES = 1000
SEED = 20_190


@dataclass(frozen=True, slots=True)
class RatedReaction:
    """A reaction and what its giver then said."""

    reaction: Reaction
    visit_id: int | None
    """Of one visit all answers go into the same fold; None: a visit of its own."""
    liked: bool


@dataclass(frozen=True, slots=True)
class Training:
    """What came of it."""

    model: InterestModel
    """To be used from now on; perhaps the one there was."""
    is_new: bool
    outcome: str
    """One line for people."""
    refused: InterestModel | None = None
    """Fitted, and not good enough."""


def train(
    reactions: Sequence[Reaction],
    rated: Sequence[RatedReaction],
    before: InterestModel,
    now: dt.datetime,
    folds: int = FOLDS,
) -> Training:
    """Learn from what there is; ``rated`` in order of time, ``before``: the model in use.

    Raises FeedbackError without scikit-learn, or for more ``folds`` than there are visits.
    """
    _require_scikit_learn()
    scale = scale_of(reactions)
    if scale is None:
        known = sum(reaction.sampled > 0 for reaction in reactions)
        return _nothing(
            before, f"{known} reactions; {LEAST_REACTIONS} are needed for the unit's own means"
        )
    rated = [each for each in rated if each.reaction.sampled > 0][-MOST_RATED:]
    if len(rated) < LEAST_ANSWERS:
        return _nothing(
            before, f"{len(rated)} rated reactions; {LEAST_ANSWERS} are needed for the rated share"
        )
    features = scale.standardised([each.reaction for each in rated])
    answers = np.array([float(each.liked) for each in rated])
    base = InterestModel(
        scale=scale,
        rated=len(rated),
        liked=int(answers.sum()),
        trained_at=now.isoformat(timespec="seconds"),
    )
    too_few = _too_few(rated, folds)
    if not too_few:
        return _fitted(base, features, answers, rated, before, folds)
    if before.is_fitted:
        return Training(before, False, f"{too_few}; the fitted model there is stays")
    prior = _model(base, _prior(features, answers))
    return Training(prior, True, f"{too_few}; the paper's coefficients serve until then")


def _fitted(
    base: InterestModel,
    features: Array,
    answers: Array,
    rated: Sequence[RatedReaction],
    before: InterestModel,
    folds: int,
) -> Training:
    held_out = _held_out(features, answers, _visits(rated), folds)
    fit = fit_towards(features, answers, PAPER, PRIOR_PRECISION)
    fitted = replace(
        _model(base, fit), is_fitted=True, held_out=held_out, weight=_weight(held_out.skill)
    )
    against = _speaks_against(held_out)
    if against is None:
        return Training(fitted, True, f"fitted to {len(rated)} rated reactions")
    against = f"not installed: {against}"
    if before.is_fitted and _still_helps(before, rated, answers):
        return Training(before, False, f"{against}; the model before stays", fitted)
    prior = replace(
        _model(base, _prior(features, answers)),
        held_out=held_out,
        weight=_weight(held_out.skill_of_prior),
    )
    return Training(prior, True, f"{against}; the paper's coefficients serve", fitted)


def _nothing(before: InterestModel, lack: str) -> Training:
    if before.intercept is not None:
        return Training(before, False, f"{lack}; the model there is stays")
    return Training(NOTHING_KNOWN, True, f"nothing is predicted yet: {lack}")


def _model(base: InterestModel, fit: Fit) -> InterestModel:
    return replace(base, coefficients=tuple(fit.coefficients.tolist()), intercept=fit.intercept)


def _prior(features: Array, answers: Array) -> Fit:
    """The paper's coefficients; the share is held off 0 and 1 by one answer of each kind."""
    share = float((answers.sum() + 1) / (len(answers) + 2))
    return with_share(features, PAPER, share)


def _too_few(rated: Sequence[RatedReaction], folds: int) -> str | None:
    visits = _visits(rated)
    yes, no = (
        len({visit for visit, each in zip(visits, rated, strict=True) if each.liked is liked})
        for liked in (True, False)
    )
    if min(yes, no) < LEAST_OF_EACH:
        return f"{yes} visits said yes and {no} said no, {LEAST_OF_EACH} of each are needed to fit"
    if min(yes, no) < folds:
        raise FeedbackError(
            f"{min(yes, no)} visits of one kind cannot be parted into {folds} folds; ask for fewer"
        )
    return None


def _visits(rated: Sequence[RatedReaction]) -> list[int]:
    """A number for each visit; those without one get numbers of their own."""
    return [
        -1 - place if each.visit_id is None else each.visit_id for place, each in enumerate(rated)
    ]


def _speaks_against(held_out: HeldOut) -> str | None:
    """Why a fit is not to be used: the prior, or no model at all, does as well."""
    if held_out.brier > held_out.brier_of_prior:
        return (
            f"worse than the paper's coefficients on held-out visits"
            f" (Brier {held_out.brier:.3f} against {held_out.brier_of_prior:.3f})"
        )
    if held_out.skill.low <= 0:
        return (
            "not surely better than the rated share alone on held-out visits"
            f" (skill {held_out.skill.value:.2f}, 95 % from {held_out.skill.low:.2f})"
        )
    return None


def _still_helps(before: InterestModel, rated: Sequence[RatedReaction], answers: Array) -> bool:
    """Its own visits may be among these, which flatters it: failing even so, it has to go."""
    predicted = np.array([before.predict(each.reaction) or 0.0 for each in rated])
    return float(((predicted - answers) ** 2).mean()) < float(answers.var())


def _weight(skill: Estimate) -> float:
    return round(float(np.clip(skill.low, 0.0, MOST_WEIGHT)), 4)


# --- held-out visits ----------------------------------------------------------------------


def _held_out(features: Array, answers: Array, visits: list[int], folds: int) -> HeldOut:
    """Each answer predicted by models that its visit had no part in.

    The folds are stratified by answer and do not part a visit. The scale comes from all reactions,
    rated or not: it knows no answer.
    """
    from sklearn.metrics import balanced_accuracy_score, brier_score_loss, roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold

    predicted = np.zeros((3, len(answers)))  # fitted, prior, share
    parts = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED)
    for training, test in parts.split(features, answers, visits):
        seen, said = features[training], answers[training]
        fit = fit_towards(seen, said, PAPER, PRIOR_PRECISION)
        predicted[0, test] = fit.probabilities(features[test])
        predicted[1, test] = _prior(seen, said).probabilities(features[test])
        predicted[2, test] = said.mean()
    called = predicted[0] >= predicted[2]
    fitted, prior, share = (float(brier_score_loss(answers, each)) for each in predicted)
    spread = _bootstrap(answers, predicted, called)
    return HeldOut(
        folds=folds,
        brier=fitted,
        brier_of_prior=prior,
        brier_of_share=share,
        skill=_estimate(1 - fitted / share, spread[0]),
        skill_of_prior=_estimate(1 - prior / share, spread[1]),
        roc_auc=_estimate(float(roc_auc_score(answers, predicted[0])), spread[2]),
        balanced_accuracy=_estimate(float(balanced_accuracy_score(answers, called)), spread[3]),
    )


def _estimate(value: float, resampled: Array) -> Estimate:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Estimate(round(value, 4), round(float(low), 4), round(float(high), 4))


def _bootstrap(answers: Array, predicted: Array, called: NDArray[np.bool_]) -> list[Array]:
    """Percentile bootstrap, stratified by answer: skill, the prior's skill, AUC, accuracy.

    A resample is how often each held-out answer is in it, so that all of them are one product.
    """
    rng = np.random.default_rng(SEED)
    yes, no = answers == 1, answers == 0
    counts = np.zeros((RESAMPLES, len(answers)))
    for kind in (yes, no):
        size = int(kind.sum())
        counts[:, kind] = rng.multinomial(size, np.full(size, 1 / size), RESAMPLES)
    fitted, prior, share = (counts @ (each - answers) ** 2 for each in predicted)
    ahead = np.sign(predicted[0][yes][:, None] - predicted[0][no][None, :]) / 2 + 0.5
    pairs = ahead.size
    auc = ((counts[:, yes] @ ahead) * counts[:, no]).sum(axis=1) / pairs
    right_yes = counts[:, yes] @ called[yes] / yes.sum()
    right_no = counts[:, no] @ ~called[no] / no.sum()
    return [1 - fitted / share, 1 - prior / share, auc, (right_yes + right_no) / 2]


def _require_scikit_learn() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError as exc:
        raise FeedbackError(
            "learning interest needs scikit-learn; install it with 'pip install scikit-learn'"
            " (the model there is stays in use)"
        ) from exc
