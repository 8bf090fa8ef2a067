"""Days of 24 hours that the unit has really run: they pass also where no clock is ever set.

Never more than have passed on the calendar, so nothing is taken out too early by them.
"""

from __future__ import annotations

import sqlite3

from appliance.store.database import Database

DAY_S = 86_400.0
KEEP_DAYS = 36_500
"""As long as a setting may keep rows."""

_RUN_S = "run_s"
"""Key of ``meta``: seconds run, all runs together."""

READ_RUN_S = f"SELECT value FROM meta WHERE key = '{_RUN_S}'"  # noqa: S608 - a constant


def day_in(connection: sqlite3.Connection) -> int:
    """The day on which a database of any schema was written last. Raises sqlite3.Error."""
    row = connection.execute(READ_RUN_S).fetchone()
    return _day_of(_number(row[0]) if row else 0.0)


class OwnDays:
    """Used by the thread that writes the database. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._run_s = self._read()
        self._since_s: float | None = None

    @property
    def today(self) -> int:
        """0 on the first day."""
        return _day_of(self._run_s)

    def pass_time(self, now_s: float) -> None:
        """Count up to ``now_s`` (monotonic); the first call only begins."""
        if self._since_s is not None:
            self._run_s += max(0.0, now_s - self._since_s)
        self._since_s = now_s

    def remember(self) -> None:
        """On the disk soon; with the first call of a day, which rows are older than it."""
        with self._database.transaction(is_durable=False):
            self._database.write(
                "INSERT INTO meta (key, value) VALUES (:key, :value)"
                " ON CONFLICT DO UPDATE SET value = excluded.value",
                {"key": _RUN_S, "value": f"{self._run_s:.0f}"},
            )
            self._database.write(
                "INSERT OR IGNORE INTO own_days SELECT :day,"
                " coalesce((SELECT max(id) FROM play_events), 0),"
                " coalesce((SELECT max(id) FROM decisions), 0),"
                " coalesce((SELECT max(id) FROM ratings), 0),"
                " coalesce((SELECT max(id) FROM visits), 0)",
                {"day": self.today},
            )
            self._database.write(
                "DELETE FROM own_days WHERE day < :day", {"day": self.today - KEEP_DAYS}
            )

    def _read(self) -> float:
        row = self._database.row(READ_RUN_S)
        return _number(row["value"]) if row else 0.0


def last_before(database: Database, table: str, day: int) -> int:
    """The highest id of ``table`` that is older than the day's beginning; 0: none is known to be.

    ``table`` comes from the program, never from input.
    """
    row = database.row(
        f"SELECT {table} AS last FROM own_days WHERE day <= :day"  # noqa: S608
        " ORDER BY day DESC LIMIT 1",
        {"day": day},
    )
    return int(row["last"]) if row else 0


def _day_of(run_s: float) -> int:
    return int(run_s // DAY_S)


def _number(text: object) -> float:
    return float(str(text)) if str(text).isdigit() else 0.0
