"""What a play teaches, and what is remembered of a clip."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class LessonSource(StrEnum):
    """Where a lesson comes from."""

    RATING = "rating"
    INTEREST = "interest"
    """Predicted from the expressions while the clip played."""
    LEFT_EARLY = "left-early"
    INTEREST_AND_LEFT_EARLY = "interest-and-left-early"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one play taught; a play teaches once, an answer takes the place of a guess."""

    source: LessonSource
    reward: float
    """0 (not liked) .. 1 (liked)."""
    weight: float
    """1: as much as an answer."""
    interest: float | None = None
    """The predicted probability of interest, where it counted."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Answers about one clip under one expression, as far as they are not forgotten."""

    likes: float = 0.0
    dislikes: float = 0.0
    age: float = 0.0
    """Half-lives that have gone by in all; tells what is left of a single lesson."""
    day: dt.date | None = None
    """Local day up to which time was counted; None: no clock was right yet."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A lesson as it was written down."""

    lesson: Lesson
    age: float
    """``Remembered.age`` just after it."""
