"""Past choices for watchers and what was answered, to judge other policies by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.store.database import Database
from appliance.store.decisions import past_decision
from appliance.store.records import PastDecision


@dataclass(frozen=True, slots=True)
class LogCounts:
    """Choices for watchers in a range of days."""

    choices: int
    answered: int


class DecisionLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, first: str, last: str) -> LogCounts:
        """Of the local dates from ``first`` to ``last`` (ISO, both included)."""
        (row,) = self._database.rows(
            "SELECT count(*) AS choices, count(ratings.id) AS answered FROM decisions"
            " LEFT JOIN ratings ON ratings.decision_id = decisions.id"
            " WHERE decisions.local_date BETWEEN :first AND :last AND screen = 'show'",
            {"first": first, "last": last},
        )
        return LogCounts(row["choices"], row["answered"])

    def answered(self, first: str, last: str) -> Iterator[tuple[PastDecision, int]]:
        """Each answered choice with its answer, in the order in which they were made."""
        rows = self._database.rows(
            "SELECT decisions.*, ratings.value AS answer FROM decisions"
            " JOIN ratings ON ratings.decision_id = decisions.id"
            " WHERE decisions.local_date BETWEEN :first AND :last AND screen = 'show'"
            " ORDER BY decisions.id",
            {"first": first, "last": last},
        )
        for row in rows:
            yield past_decision(row), row["answer"]
