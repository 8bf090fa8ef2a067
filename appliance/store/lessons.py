"""What plays taught, and what is remembered of each clip because of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain import Expression, Lesson, LessonSource, Remembered, Taught
from appliance.store.database import Database, Row
from appliance.store.ratings import ABSTAINED

Cell = tuple[int, Expression | None]
"""A clip's id and an expression; None: the unit had abstained."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a lesson is about."""

    cell: Cell
    taught: Taught | None
    """What the play has taught already."""


class LessonStore:
    """Inside a transaction of the caller's, so that an answer and its lesson are written as one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[Cell, Remembered]:
        """Every memory there is, as it was when it was written."""
        rows = self._database.rows("SELECT * FROM clip_memories")
        return {_cell_of(row): _remembered(row) for row in rows}

    def of_clip(self, clip_id: int) -> Mapping[Cell, Remembered]:
        rows = self._database.rows(
            "SELECT * FROM clip_memories WHERE clip_id = :clip", {"clip": clip_id}
        )
        return {_cell_of(row): _remembered(row) for row in rows}

    def remember(self, cell: Cell, memory: Remembered) -> bool:
        """Write what is remembered; False: the clip is gone, and nothing was written."""
        clip_id, expression = cell
        # From the library's own row: a clip that was removed meanwhile has nothing to learn.
        changed = self._database.write(
            "INSERT INTO clip_memories (clip_id, expression, likes, dislikes, age, day)"
            " SELECT id, :expression, :likes, :dislikes, :age, :day FROM clips WHERE id = :clip"
            " ON CONFLICT (clip_id, expression) DO UPDATE SET likes = :likes,"
            " dislikes = :dislikes, age = :age, day = :day",
            {
                "clip": clip_id,
                "expression": _code(expression),
                "likes": memory.likes,
                "dislikes": memory.dislikes,
                "age": memory.age,
                "day": memory.day.isoformat() if memory.day else None,
            },
        )
        return changed > 0

    def choice(self, play_id: str) -> Choice | None:
        """The choice behind a play; None: it is not kept."""
        row = self._database.row("SELECT * FROM decisions WHERE play_id = :id", {"id": play_id})
        return Choice(_cell_of(row), taught_of(row)) if row else None

    def note(self, play_id: str, taught: Taught) -> None:
        """Write with its choice what a play taught, for 'appliance why' and for a later answer."""
        lesson = taught.lesson
        self._database.write(
            "UPDATE decisions SET learned_from = :source, learned_reward = :reward,"
            " learned_weight = :weight, learned_interest = :interest, learned_age = :age"
            " WHERE play_id = :id",
            {
                "source": lesson.source.value,
                "reward": lesson.reward,
                "weight": lesson.weight,
                "interest": lesson.interest,
                "age": taught.age,
                "id": play_id,
            },
        )

    def untaught_plays(self, visit_id: int) -> tuple[str, ...]:
        """Plays chosen for a visit's watcher that began and have taught nothing yet."""
        rows = self._database.rows(
            "SELECT play_id FROM decisions WHERE visit_id = :visit AND screen = 'show'"
            " AND learned_from IS NULL AND EXISTS (SELECT 1 FROM play_events AS event"
            " WHERE event.play_id = decisions.play_id AND event.event = 'playing')"
            " AND NOT EXISTS (SELECT 1 FROM ratings WHERE decision_id = decisions.id)"
            " ORDER BY id",
            {"visit": visit_id},
        )
        return tuple(row["play_id"] for row in rows)


def taught_of(decision: Row) -> Taught | None:
    """What a row of ``decisions`` says that its play taught."""
    if decision["learned_from"] is None:
        return None
    lesson = Lesson(
        LessonSource(decision["learned_from"]),
        decision["learned_reward"],
        decision["learned_weight"],
        decision["learned_interest"],
    )
    return Taught(lesson, decision["learned_age"])


def _code(expression: Expression | None) -> int:
    return ABSTAINED if expression is None else int(expression)


def _cell_of(row: Row) -> Cell:
    code = row["expression"]
    return row["clip_id"], None if code is None or code == ABSTAINED else Expression(code)


def _remembered(row: Row) -> Remembered:
    day = dt.date.fromisoformat(row["day"]) if row["day"] else None
    return Remembered(row["likes"], row["dislikes"], row["age"], day)
