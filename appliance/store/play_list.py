"""Single plays as lines of text, made by SQLite: a month may have hundreds of thousands of them.

A Python object for each would take most of the time that such a report may take.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.store.database import Database
from appliance.store.reports import ReportStore

COLUMNS = (
    "started", "clock", "play", "screen", "clip", "title", "kind", "shown_s", "completed", "liked",
    "stars", "seen_before",
)  # fmt: skip

# One choice plans one play, so a play's events are those of its choice: they lie side by side in
# the index play_events_of_choice. Only the title is anybody's text; the rest are the program's
# own words and numbers, and need no quoting.
_LINE = """
SELECT printf(
    {line},
    play.local_date, time(play.at, play.tz_offset_minutes || ' minutes'),
    iif(play.tz_offset_minutes < 0, '-', '+'),
    abs(play.tz_offset_minutes) / 60, abs(play.tz_offset_minutes) % 60,
    iif(EXISTS (SELECT 1 FROM play_events AS event
                WHERE event.decision_id = play.decision_id AND NOT event.clock_synced),
        'not set', 'set'),
    play.play_id, play.screen, play.clip_id, {title}, play.clip_kind,
    (SELECT printf({end}, max(event.position_s), iif(max(event.event = 'ended'), {true}, {false}))
     FROM play_events AS event WHERE event.decision_id = play.decision_id),
    ifnull((SELECT printf(
                {answers},
                CASE ratings.value WHEN 1 THEN {true} WHEN 0 THEN {false} ELSE {null} END,
                ifnull(ratings.stars, {null}),
                CASE ratings.seen_before WHEN 1 THEN {true} WHEN 0 THEN {false} ELSE {null} END)
            FROM ratings WHERE ratings.decision_id = play.decision_id),
           printf({answers}, {null}, {null}, {null}))
)
FROM play_events AS play WHERE play.local_date = :day AND play.event = 'playing'
ORDER BY play.id
"""

# A spreadsheet takes a text that begins with certain characters for a formula.
_UNHARMED = "iif(play.clip_title GLOB '[=+@\t\r-]*', '''', '') || play.clip_title"

_CSV = _LINE.format(
    line="'%sT%s%s%02d:%02d,%s,%s,%s,%d,%s,%s,%s,%s'",
    end="'%.1f,%s'",
    answers="'%s,%s,%s'",
    title=(
        "iif(play.clip_title GLOB '*[\",\n\r]*',"
        f" '\"' || replace({_UNHARMED}, '\"', '\"\"') || '\"', {_UNHARMED})"
    ),
    true="'True'",
    false="'False'",
    null="''",
)

_JSON = _LINE.format(
    line=(
        """'{"started": "%sT%s%s%02d:%02d", "clock": "%s", "play": "%s", "screen": "%s","""
        """ "clip": %d, "title": %s, "kind": "%s", "shown_s": %s, %s}'"""
    ),
    end="""'%.1f, "completed": %s'""",
    answers="""'"liked": %s, "stars": %s, "seen_before": %s'""",
    title="json_quote(play.clip_title)",
    true="'true'",
    false="'false'",
    null="'null'",
)


class PlayList:
    """Every play that began on some local dates, in order, day by day; dates are ISO."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def csv_lines(self, first: str, last: str) -> Iterator[list[str]]:
        """Batches of lines of ``COLUMNS`` (RFC 4180), without the end of the line."""
        for day in self._days(first, last):
            yield from self._database.column(_CSV, {"day": day})

    def json_lines(self, first: str, last: str) -> Iterator[list[str]]:
        """Batches of JSON objects."""
        for day in self._days(first, last):
            yield from self._database.column(_JSON, {"day": day})

    def latest(self, first: str, last: str, limit: int) -> list[str]:
        """The last ``limit`` of those JSON objects, in order."""
        lines: list[str] = []
        for day in reversed(self._days(first, last)):
            batches = self._database.column(
                f"{_JSON} DESC LIMIT :limit", {"day": day, "limit": limit - len(lines)}
            )
            lines += [line for batch in batches for line in batch]
            if len(lines) >= limit:
                break
        return lines[::-1]

    def count(self, first: str, last: str) -> int:
        """How many plays they are."""
        rows = self._database.rows(
            "SELECT coalesce(sum(plays), 0) AS n FROM play_hours"
            " WHERE local_date BETWEEN :first AND :last",
            {"first": first, "last": last},
        )
        return int(rows[0]["n"])

    def _days(self, first: str, last: str) -> tuple[str, ...]:
        return ReportStore(self._database).days(first, last)
