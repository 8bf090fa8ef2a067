"""Slow forgetting: what is remembered of a clip halves with new answers and with time.

Nothing has to be touched while it fades: each memory knows how many half-lives have gone by, so
what is left at any later moment, of all answers or of a single one, is exact.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace

from appliance.domain import Lesson, Remembered, Taught


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Half-lives of what was answered about one clip under one expression."""

    half_life_answers: float = math.inf
    """Newer answers about the same clip and expression that halve the older ones' weight."""
    half_life_days: float = math.inf


def share_left(half_lives: float) -> float:
    """Of a weight, after so many half-lives."""
    return math.exp2(-half_lives)


def aged(kept: Remembered, today: dt.date | None, forgetting: Forgetting) -> Remembered:
    """What is left today. ``today`` None: the clock is not set, so no time is known to have gone.

    A clock that was set back makes nothing younger.
    """
    if today is None or (kept.day is not None and today <= kept.day):
        return kept
    days = 0 if kept.day is None else (today - kept.day).days
    return replace(_faded(kept, days / forgetting.half_life_days), day=today)


def with_lesson(
    kept: Remembered, lesson: Lesson, today: dt.date | None, forgetting: Forgetting
) -> Remembered:
    """A new lesson at its whole weight, the older ones a little less."""
    older = _faded(aged(kept, today, forgetting), lesson.weight / forgetting.half_life_answers)
    return replace(
        older,
        likes=older.likes + lesson.weight * lesson.reward,
        dislikes=older.dislikes + lesson.weight * (1 - lesson.reward),
    )


def without_lesson(kept: Remembered, taught: Taught) -> Remembered:
    """Take back what is left of a lesson, because an answer takes its place."""
    left = taught.lesson.weight * share_left(kept.age - taught.age)
    return replace(
        kept,
        likes=max(0.0, kept.likes - left * taught.lesson.reward),
        dislikes=max(0.0, kept.dislikes - left * (1 - taught.lesson.reward)),
    )


def _faded(kept: Remembered, half_lives: float) -> Remembered:
    share = share_left(half_lives)
    return replace(
        kept, likes=kept.likes * share, dislikes=kept.dislikes * share, age=kept.age + half_lives
    )
