"""How each clip was answered, and the ranking made of it; beliefs, which fade, are elsewhere."""

from __future__ import annotations

import heapq
import math

from appliance.domain import ClipKind, Expression, Score, Scores
from appliance.store.clips import clip_of
from appliance.store.database import Database, Row
from appliance.store.ratings import ABSTAINED
from appliance.store.records import RankedClip

Z_95 = 1.959964
"""Quantile of the normal distribution for a two-sided interval of 95 %."""


class ScoreStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Scores:
        """Every answer ever given, counted; a pair that was never answered about is not in it."""
        rows = self._database.rows("SELECT * FROM clip_scores")
        return dict(_score_of(row) for row in rows)

    def ranking(self, kind: ClipKind | None = None, limit: int = 10) -> tuple[RankedClip, ...]:
        """Clips by satisfaction, the surest first: few answers do not outrank many.

        Only clips that may be shown. Answers count by fives (migration 0012), so no single one can
        be told from two rankings; ``kind`` None: both.
        """
        rows = self._database.rows(
            "SELECT clips.*, likes, answers FROM clips JOIN told_answers ON clip_id = clips.id"
            " WHERE enabled = 1 AND approved = 1 AND answers > 0"
            " AND (:kind IS NULL OR kind = :kind)",
            {"kind": kind.value if kind else None},
        )
        best = heapq.nlargest(
            limit,
            rows,
            key=lambda row: (wilson_interval(row["likes"], row["answers"])[0], -row["id"]),
        )
        return tuple(
            RankedClip(
                clip_of(row),
                round(row["likes"]),
                round(row["answers"]),
                wilson_interval(row["likes"], row["answers"])[0],
            )
            for row in best
        )


def _score_of(row: Row) -> tuple[tuple[int, Expression | None], Score]:
    expression = None if row["expression"] == ABSTAINED else Expression(row["expression"])
    return (row["clip_id"], expression), Score(row["likes"], row["dislikes"])


def wilson_interval(likes: float, answers: float, z: float = Z_95) -> tuple[float, float]:
    """Score interval of the share that liked it (Wilson 1927); without answers 0..1."""
    if answers <= 0:
        return 0.0, 1.0
    share = likes / answers
    centre = share + z * z / (2 * answers)
    spread = z * math.sqrt(share * (1 - share) / answers + z * z / (4 * answers * answers))
    scale = 1 + z * z / answers
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
