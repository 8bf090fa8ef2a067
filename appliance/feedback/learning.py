"""What a play teaches: an answer, else the predicted interest and whether the watcher left."""

from __future__ import annotations

from typing import Protocol

from appliance.domain import Lesson, LessonSource, Reaction


class InterestPrediction(Protocol):
    """Says from a reaction whether the clip was found interesting."""

    @property
    def weight(self) -> float:
        """What a prediction counts beside an answer, 0..0.5; 0: nothing is known."""

    def predict(self, reaction: Reaction) -> float | None:
        """The probability of interest; None: nothing is predicted."""


def lesson_of_rating(reward: float) -> Lesson:
    """An answer counts whole. ``reward``: 0 (not liked) .. 1 (liked)."""
    return Lesson(LessonSource.RATING, reward, 1.0)


def lesson_of_reaction(
    interest: float | None, interest_weight: float, *, left_early: bool, left_early_weight: float
) -> Lesson | None:
    """What a play without an answer teaches; None: nothing.

    Leaving before the clip's end is a dislike with a small weight. Prediction and leaving are two
    signs of one visitor's mind, so together they weigh as much as the heavier one, and the reward
    is their mean by weight: nothing is counted twice.
    """
    signs: list[tuple[float, float]] = []
    predicted = interest is not None and interest_weight > 0
    if interest is not None and interest_weight > 0:
        signs.append((interest, interest_weight))
    if left_early and left_early_weight > 0:
        signs.append((0.0, left_early_weight))
    if not signs:
        return None
    total = sum(weight for _, weight in signs)
    return Lesson(
        _source(predicted, len(signs) == 2),
        sum(reward * weight for reward, weight in signs) / total,
        max(weight for _, weight in signs),
        interest if predicted else None,
    )


def _source(predicted: bool, both: bool) -> LessonSource:
    if both:
        return LessonSource.INTEREST_AND_LEFT_EARLY
    return LessonSource.INTEREST if predicted else LessonSource.LEFT_EARLY
