"""What another policy would have earned, estimated from choices whose chances were written down.

Doubly robust (Dudík, Langford and Li 2011, ICML): a model of the reward says what the other
policy's clips would have earned, and the answers there are, weighted by how much likelier the
other policy was to take that clip, correct the model. The weights alone make it unbiased, so a
wrong model costs only width. The model of a choice is made of *earlier* answers only: the unit
learns while it logs, and so every term has the right mean given what came before it (Hadad et al.
2021, PNAS 118).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.decision.hierarchy import Floats
from appliance.domain import Expression

Z_95 = 1.959964
LEAST_CHOICES = 30
"""Fewer say nothing of their own spread."""
MODEL_STRENGTH = 4.0
"""Answers that a cell's mean is drawn towards the overall mean by."""


TargetPolicy = Callable[[Floats, float], Floats]
"""From alpha and beta of the eligible clips (clips, 2), and the answers heard by then of all of
them under this expression, the chance of each (clips,)."""


@dataclass(frozen=True, slots=True)
class LoggedChoice:
    """A choice that somebody answered."""

    expression: Expression | None
    clip_ids: tuple[int, ...]
    """The eligible clips."""
    arms: Floats
    """What was believed of each: alpha and beta; shape (clips, 2)."""
    taken: int
    """Place of the clip that was taken."""
    probability: float
    """Its chance then."""
    reward: float
    """0..1."""
    answers: float = 0.0
    """Heard by then of all the eligible clips, under this expression."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Mean reward of an answered choice under another policy; intervals of 95 %."""

    choices: int
    value: float
    low: float
    high: float
    weighting_alone: float
    """Without the model (inverse propensity, normalised)."""
    model_alone: float
    logged: float
    """Mean reward as it was."""
    gain: float
    """``value`` less ``logged``."""
    gain_low: float
    gain_high: float
    effective_choices: float
    """So many answers of the other policy's own would be as sure (Kish 1965)."""
    clipped_share: float
    """Part of all weight that was cut off."""
    mean_weight: float
    """About 1 where every clip that the other policy likes was tried."""
    mean_weight_error: float
    """Standard error of that."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the figures doubtful, for people."""
        said = []
        if self.effective_choices < LEAST_CHOICES or self.effective_choices < self.choices / 20:
            said.append(
                f"the answers are worth only {self.effective_choices:.0f} of this policy's own:"
                " it mostly takes clips that were seldom tried"
            )
        if self.clipped_share > 0.01:
            said.append(
                f"{self.clipped_share:.0%} of the weight was cut off, so the estimate leans"
                " towards the model"
            )
        if abs(self.mean_weight - 1) > max(3 * self.mean_weight_error, 0.1):
            said.append(
                f"the weights' mean is {self.mean_weight:.2f}, not 1: part of what this policy"
                " would do was never tried"
            )
        return tuple(said)


def estimate(choices: Sequence[LoggedChoice], target: TargetPolicy) -> Estimate:
    """Raises ValueError for fewer than ``LEAST_CHOICES`` choices."""
    if len(choices) < LEAST_CHOICES:
        raise ValueError(f"{len(choices)} choices are too few; {LEAST_CHOICES} are needed")
    model = _RewardModel()
    rewards = np.array([choice.reward for choice in choices])
    predicted, expected, raw = (np.empty(len(choices)) for _ in range(3))
    for row, choice in enumerate(choices):
        chances = target(choice.arms, choice.answers)
        rewards_of_clips = model.predict(choice)
        expected[row] = float(np.dot(chances, rewards_of_clips))
        predicted[row] = rewards_of_clips[choice.taken]
        raw[row] = chances[choice.taken] / choice.probability
        model.learn(choice)
    # Truncation at the root of the number of choices (Ionides 2008, JCGS 17, 295-311).
    weights = np.minimum(raw, math.sqrt(len(choices)))
    terms = expected + weights * (rewards - predicted)
    value, half = _mean_and_half(terms)
    gain, gain_half = _mean_and_half(terms - rewards)
    total = float(raw.sum())
    return Estimate(
        choices=len(choices),
        value=value,
        low=value - half,
        high=value + half,
        weighting_alone=float(np.dot(weights, rewards) / max(weights.sum(), 1e-12)),
        model_alone=float(expected.mean()),
        logged=float(rewards.mean()),
        gain=gain,
        gain_low=gain - gain_half,
        gain_high=gain + gain_half,
        effective_choices=float(weights.sum() ** 2 / max(np.square(weights).sum(), 1e-12)),
        clipped_share=float(1 - weights.sum() / total) if total > 0 else 0.0,
        mean_weight=float(raw.mean()),
        mean_weight_error=_mean_and_half(raw)[1] / Z_95,
    )


def _mean_and_half(values: Floats) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval."""
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return float(np.mean(values)), Z_95 * error


class _RewardModel:
    """Mean reward of each clip and expression so far, drawn towards the mean of all."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, Expression | None], tuple[float, int]] = {}
        self._total, self._count = 0.0, 0

    def predict(self, choice: LoggedChoice) -> Floats:
        """Of each eligible clip."""
        overall = (0.5 * MODEL_STRENGTH + self._total) / (MODEL_STRENGTH + self._count)
        known = [self._cells.get((clip, choice.expression), (0.0, 0)) for clip in choice.clip_ids]
        return np.array(
            [
                (MODEL_STRENGTH * overall + total) / (MODEL_STRENGTH + count)
                for total, count in known
            ]
        )

    def learn(self, choice: LoggedChoice) -> None:
        cell = (choice.clip_ids[choice.taken], choice.expression)
        total, count = self._cells.get(cell, (0.0, 0))
        self._cells[cell] = (total + choice.reward, count + 1)
        self._total += choice.reward
        self._count += 1
