"""Takes out what has been kept long enough, a small batch at a time, so that nobody waits."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from appliance.errors import StoreError
from appliance.store.chain_purge import purge_events
from appliance.store.database import Database
from appliance.store.own_days import last_before

logger = logging.getLogger(__name__)

BATCH = 1000
"""Rows of one transaction at most."""

TABLES = ("emotion_samples", "decisions", "ratings", "visits", "play_events")
"""In the order they are purged; what refers to others goes first."""


@dataclass(frozen=True, slots=True)
class KeepDays:
    """Whole local days that rows are kept."""

    plays: int
    ratings: int
    visits: int
    decisions: int
    samples: int

    def of(self, table: str) -> int:
        return {
            "play_events": self.plays,
            "emotion_samples": self.samples,
            "decisions": self.decisions,
            "ratings": self.ratings,
            "visits": self.visits,
        }[table]


Today = dt.date | int
"""A local date, or the number of a day that the unit has run (``own_days.py``)."""


class Retention:
    """Purges in the order of ids: dates lie while a clock is not set, the order never does.

    A row whose clock was not set goes with the next one whose clock was.
    """

    def __init__(self, database: Database, chain_key: bytes, keep: KeepDays) -> None:
        self._database = database
        self._chain_key = chain_key
        self._keep = keep
        self._limits: tuple[Today | None, dict[str, int]] = (None, {})

    def purged_on(self) -> dt.date | None:
        """The local day of the last complete purge."""
        text = self._meta("purged_on")
        return dt.date.fromisoformat(text) if text else None

    def remember(self, today: Today) -> None:
        """All that was due has gone."""
        with self._database.transaction(is_durable=False):
            if isinstance(today, dt.date):
                self._set_meta("purged_on", today.isoformat())
            else:
                self._set_meta("purged_on_own_day", str(today))

    def doubted_on(self) -> dt.date | None:
        """The local day on which a jump of the clock was last noticed."""
        text = self._meta("purge_doubted_on")
        return dt.date.fromisoformat(text) if text else None

    def doubt(self, today: dt.date) -> None:
        """Remember that the clock has jumped to this day."""
        with self._database.transaction(is_durable=False):
            self._set_meta("purge_doubted_on", today.isoformat())

    def purged_on_own_day(self) -> int | None:
        """The own day of the last complete purge by own days."""
        text = self._meta("purged_on_own_day") or ""
        return int(text) if text.isdigit() else None

    def due(self, today: Today) -> dict[str, int]:
        """How many rows of each table would go now (of rated choices: be emptied)."""
        return {
            table: self._count(table, self._position(table), self._limit(table, today))
            for table in TABLES
        }

    def step(self, today: Today) -> tuple[str, int]:
        """Purge one batch; returns the table and its number of rows, or ``("", 0)``: nothing left.

        The number may be 0 although there was work: many plays have no samples.
        Raises StoreError where the proof of play is broken: it is kept as it is.
        """
        for table in TABLES:
            limit = self._limit(table, today)
            with self._database.transaction(is_durable=False):
                last = self._end_of_batch(table, self._position(table), limit)
                if last is not None:
                    return table, self._purge(table, self._position(table), last)
        return "", 0

    # --- what is due ----------------------------------------------------------------------

    def _limit(self, table: str, today: Today) -> int:
        """The highest id that is due; looked up once a day, for the first rows are many."""
        day, limits = self._limits
        if day != today:
            limits = {}
            self._limits = (today, limits)
        if table not in limits:
            limits[table] = self._look_up_limit(table, today)
        return limits[table]

    def _look_up_limit(self, table: str, today: Today) -> int:
        if not isinstance(today, dt.date):
            day = today - self._keep.of(table)
            return last_before(self._database, _source(table), day)
        try:
            keep_from = (today - dt.timedelta(days=self._keep.of(table))).isoformat()
        except OverflowError:
            return 0
        source = _source(table)
        # Only names of this module are put into the texts.
        young = self._database.rows(
            f"SELECT id FROM {source} WHERE id > :after AND clock_synced"  # noqa: S608
            " AND local_date >= :day ORDER BY id LIMIT 1",
            {"after": self._position(table), "day": keep_from},
        )
        old = self._database.rows(
            f"SELECT id FROM {source} WHERE id > :after AND id < :young"  # noqa: S608
            " AND clock_synced ORDER BY id DESC LIMIT 1",
            {"after": self._position(table), "young": young[0]["id"] if young else 2**62},
        )
        return int(old[0]["id"]) if old else 0

    def _count(self, table: str, after: int, limit: int) -> int:
        sql = f"SELECT count(*) AS n FROM {_source(table)}"  # noqa: S608
        if table == "emotion_samples":
            sql += " JOIN emotion_samples USING (play_id) WHERE event = 'playing' AND"
        else:
            sql += " WHERE"
        sql += " id > :after AND id <= :limit"
        return int(self._database.rows(sql, {"after": after, "limit": limit})[0]["n"])

    def _end_of_batch(self, table: str, after: int, limit: int) -> int | None:
        if table == "emotion_samples":
            return self._end_of_samples(after, limit)
        row = self._database.rows(
            f"SELECT max(id) AS last FROM (SELECT id FROM {table}"  # noqa: S608
            " WHERE id > :after AND id <= :limit ORDER BY id LIMIT :batch)",
            {"after": after, "limit": limit, "batch": BATCH},
        )[0]
        return None if row["last"] is None else int(row["last"])

    def _end_of_samples(self, after: int, limit: int) -> int | None:
        """The play up to which a batch reaches: many plays have no samples, some have hundreds."""
        rows = self._database.rows(
            "SELECT id, (SELECT count(*) FROM emotion_samples AS sample"
            "            WHERE sample.play_id = event.play_id) AS samples"
            " FROM play_events AS event WHERE id > :after AND id <= :limit"
            " AND event = 'playing' ORDER BY id LIMIT :batch",
            {"after": after, "limit": limit, "batch": BATCH // 2},
        )
        last, total = None, 0
        for row in rows:
            total += row["samples"]
            if last is not None and total > BATCH:
                break
            last = int(row["id"])
        return last

    # --- taking out -----------------------------------------------------------------------

    def _purge(self, table: str, after: int, last: int) -> int:
        match table:
            case "emotion_samples":
                purged = self._write(
                    "DELETE FROM emotion_samples WHERE play_id IN (SELECT play_id FROM play_events"
                    " WHERE id > :after AND id <= :last AND event = 'playing')",
                    after,
                    last,
                )
            case "decisions":
                purged = self._purge_decisions(after, last)
            case "ratings":
                purged = self._purge_ratings(last)
            case "visits":
                purged = self._write("DELETE FROM visits WHERE id <= :last", after, last)
            case _:
                purged = purge_events(self._database, self._chain_key, last)
        if table in ("emotion_samples", "decisions"):
            self._set_meta(f"{table}_purged_to", str(last))
        return purged

    def _purge_decisions(self, after: int, last: int) -> int:
        """An answer refers to its choice, so that one stays without its candidates."""
        emptied = self._write(
            "UPDATE decisions SET candidates = '[]', candidates_omitted = candidates_omitted"
            " + json_array_length(candidates) WHERE id > :after AND id <= :last"
            " AND id IN (SELECT decision_id FROM ratings)",
            after,
            last,
        )
        return emptied + self._write(
            "DELETE FROM decisions WHERE id > :after AND id <= :last"
            " AND id NOT IN (SELECT decision_id FROM ratings)",
            after,
            last,
        )

    def _purge_ratings(self, last: int) -> int:
        choices = self._database.rows(
            "SELECT decision_id FROM ratings WHERE id <= :last", {"last": last}
        )
        purged = self._write("DELETE FROM ratings WHERE id <= :last", 0, last)
        bare_up_to = self._position("decisions")
        for row in choices:
            if row["decision_id"] <= bare_up_to:
                self._write("DELETE FROM decisions WHERE id = :last", 0, row["decision_id"])
        return purged

    def _write(self, sql: str, after: int, last: int) -> int:
        return self._database.write(sql, {"after": after, "last": last})

    # --- positions ------------------------------------------------------------------------

    def _position(self, table: str) -> int:
        """Up to this id the table was gone through; 0 where purged rows are simply gone."""
        if table in ("emotion_samples", "decisions"):
            text = self._meta(f"{table}_purged_to") or "0"
            if not text.isdigit():
                raise StoreError(f"meta '{table}_purged_to' is no number; restore a backup")
            return int(text)
        return 0

    def _meta(self, key: str) -> str | None:
        row = self._database.row("SELECT value FROM meta WHERE key = :key", {"key": key})
        return str(row["value"]) if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self._database.write(
            "INSERT INTO meta (key, value) VALUES (:key, :value)"
            " ON CONFLICT DO UPDATE SET value = excluded.value",
            {"key": key, "value": value},
        )


def _source(table: str) -> str:
    """The table that dates the rows."""
    return "play_events" if table == "emotion_samples" else table
