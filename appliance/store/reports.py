"""Rows for reports: what was played, and how it was liked, between two local dates."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain import ClipKind
from appliance.store.database import Database
from appliance.store.plays import past_play
from appliance.store.records import PastPlay

# From the events, not from the view: the dates then use the index.
_BEGUN = """
WITH begun AS (
    SELECT play_id, id, clip_id, clip_title, clip_kind FROM play_events
    WHERE event = 'playing' AND local_date BETWEEN :first AND :last
)
"""

_PLAYS = """
SELECT plays.*, ratings.value AS rating, failure.detail AS error
FROM (
    SELECT play_id, min(decision_id) AS decision_id, min(visit_id) AS visit_id,
           min(screen) AS screen, min(clip_id) AS clip_id, min(clip_title) AS clip_title,
           min(clip_kind) AS clip_kind, min(clock_synced) AS clock_synced,
           min(CASE WHEN event = 'playing' THEN at END) AS started_at,
           min(CASE WHEN event = 'playing' THEN tz_offset_minutes END) AS tz_offset_minutes,
           min(CASE WHEN event = 'playing' THEN id END) AS first_id,
           max(position_s) AS shown_s, max(event = 'ended') AS completed,
           max(event = 'error') AS failed
    FROM play_events WHERE play_id IN (SELECT play_id FROM begun) GROUP BY play_id
) AS plays
LEFT JOIN ratings ON ratings.play_id = plays.play_id
LEFT JOIN play_events AS failure
    ON failure.play_id = plays.play_id AND failure.event = 'error'
ORDER BY first_id
"""

_CLIPS = """
SELECT begun.clip_id, begun.clip_kind, count(*) AS plays,
       max(begun.id), begun.clip_title AS title, -- SQLite: of the row that has the max()
       sum(ended.id IS NOT NULL) AS completed, sum(failure.id IS NOT NULL) AS failed,
       sum(max(coalesce(ended.position_s, 0), coalesce(failure.position_s, 0),
               coalesce(stopped.position_s, 0))) AS shown_s,
       count(ratings.id) AS answers, coalesce(sum(ratings.value), 0) AS likes
FROM begun
LEFT JOIN play_events AS ended ON ended.play_id = begun.play_id AND ended.event = 'ended'
LEFT JOIN play_events AS failure ON failure.play_id = begun.play_id AND failure.event = 'error'
LEFT JOIN play_events AS stopped ON stopped.play_id = begun.play_id AND stopped.event = 'stopped'
LEFT JOIN ratings ON ratings.play_id = begun.play_id
GROUP BY begun.clip_id, begun.clip_kind ORDER BY plays DESC, begun.clip_id
"""


@dataclass(frozen=True, slots=True)
class ClipTotals:
    """How often a clip was played and how it was liked; deleted clips are here too."""

    clip_id: int
    title: str
    kind: ClipKind
    plays: int
    completed: int
    failed: int
    shown_s: float
    answers: int
    likes: int


class ReportStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def plays(self, first: str, last: str) -> tuple[PastPlay, ...]:
        """Every play that began on these local dates (ISO, both included), in order."""
        rows = self._database.rows(_BEGUN + _PLAYS, {"first": first, "last": last})
        return tuple(past_play(row) for row in rows)

    def clips(self, first: str, last: str) -> tuple[ClipTotals, ...]:
        """Totals of those plays by clip, the most played first."""
        rows = self._database.rows(_BEGUN + _CLIPS, {"first": first, "last": last})
        return tuple(
            ClipTotals(
                row["clip_id"],
                row["title"],
                ClipKind(row["clip_kind"]),
                row["plays"],
                row["completed"],
                row["failed"],
                row["shown_s"],
                row["answers"],
                row["likes"],
            )
            for row in rows
        )

    def days(self, first: str, last: str) -> tuple[str, ...]:
        """The local dates, of these, on which anything was played."""
        rows = self._database.rows(
            "SELECT DISTINCT local_date FROM play_events WHERE event = 'playing'"
            " AND local_date BETWEEN :first AND :last ORDER BY local_date",
            {"first": first, "last": last},
        )
        return tuple(row["local_date"] for row in rows)
