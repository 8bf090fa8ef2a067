"""How interested a watcher was, by the expressions the clip drew from them: the model and its use.

Logistic regression on seven standardised cumulative ratios (viewer-interest paper). Predicting
needs numpy only; learning a model does not happen here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from appliance.domain import Reaction
from appliance.feedback.interest_scale import ReactionScale

PAPER_COEFFICIENTS = (-0.41, 0.87, -0.08, 0.35, 0.71, 0.51, -0.33)
"""The viewer-interest paper's, for ratios of mean 0 and deviation 1, in the order of ``EMOTIONS``.
It gives neither means, deviations nor an intercept."""

MOST_WEIGHT = 0.5
"""A prediction never counts more than half an answer."""

MOST_COEFFICIENT = 50.0
"""What a file that says more must not be believed about."""

Coefficient = Annotated[float, Field(ge=-MOST_COEFFICIENT, le=MOST_COEFFICIENT)]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How well visits were predicted that had no part in the model that predicted them."""

    folds: int
    brier: float
    """Mean squared difference between prediction and answer; less is better."""
    brier_of_prior: float
    """The same with the paper's coefficients."""
    brier_of_share: float
    """The same when everybody is predicted the rated share."""
    skill: Estimate
    """1 - brier / brier_of_share: the share of the answers' variance that is explained."""
    skill_of_prior: Estimate
    roc_auc: Estimate
    balanced_accuracy: Estimate
    """Cut at the rated share: a place that is liked much is not called all interest."""


@dataclass(frozen=True, slots=True)
class InterestModel:
    """What predicts interest on this unit; made anew each night."""

    coefficients: Annotated[tuple[Coefficient, ...], Field(min_length=7, max_length=7)] = (
        PAPER_COEFFICIENTS
    )
    intercept: Coefficient | None = None
    """None: nothing is predicted yet."""
    scale: ReactionScale | None = None
    is_fitted: bool = False
    """False: the coefficients are the paper's."""
    weight: Annotated[float, Field(ge=0, le=MOST_WEIGHT)] = 0.0
    """What a prediction counts beside an answer, which counts 1: the lower end of the skill.

    A prediction that explains a share of the answers' variance tells that share of an answer; 0
    while that is not shown on held-out visits.
    """
    rated: int = 0
    """Answers that say yes or no, with a reaction, that it comes from."""
    liked: int = 0
    held_out: HeldOut | None = None
    trained_at: str | None = None
    """Local time, ISO 8601."""

    @property
    def summary(self) -> str:
        """One line for people."""
        if self.intercept is None:
            return "nothing is predicted yet"
        kind = "fitted model" if self.is_fitted else "the paper's model"
        return f"{kind}, {self.rated} rated reactions, weight {self.weight:.2f}"

    def predict(self, reaction: Reaction) -> float | None:
        """The chance, 0..1, that whoever reacted so was interested; None: nothing is predicted."""
        if self.intercept is None or self.scale is None or reaction.sampled == 0:
            return None
        (far,) = self.scale.standardised([reaction])
        logit = self.intercept + float(far @ np.array(self.coefficients))
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, logit))))


NOTHING_KNOWN = InterestModel()
"""Before there are reactions and answers of the unit's own."""
