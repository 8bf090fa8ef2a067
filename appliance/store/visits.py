"""Visits: a number that counts up, times and counts; no identity."""

from __future__ import annotations

from appliance.store.database import Database
from appliance.store.stamp import Stamp


class VisitStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, watchers: int, stamp: Stamp) -> int:
        """A visit begins; returns its number."""
        with self._database.transaction():
            return self._database.insert(
                "visits", stamp.columns("started_at") | {"watchers": watchers}
            )

    def update_end(
        self, visit_id: int, stamp: Stamp, *, watchers: int, dwell_s: float, attention_s: float
    ) -> None:
        """A visit is over. ``watchers`` is the most seen at once."""
        with self._database.transaction():
            self._database.write(
                "UPDATE visits SET ended_at = :at, watchers = :watchers, dwell_s = :dwell,"
                " attention_s = :attention WHERE id = :id",
                {
                    "id": visit_id,
                    "at": stamp.utc_text,
                    "watchers": watchers,
                    "dwell": float(dwell_s),
                    "attention": float(attention_s),
                },
            )

    def close_abandoned(self) -> int:
        """Close visits that a crash left open, at their last sign; returns how many.

        For the daemon's start, before any visit of its own.
        """
        with self._database.transaction():
            return self._database.write(
                "UPDATE visits SET is_cut = 1, ended_at = max("
                " started_at,"
                " coalesce((SELECT max(decided_at) FROM decisions"
                "           WHERE visit_id = visits.id), ''),"
                " coalesce((SELECT max(at) FROM play_events WHERE play_id IN"
                "           (SELECT play_id FROM decisions WHERE visit_id = visits.id)), ''))"
                " WHERE ended_at IS NULL"
            )
