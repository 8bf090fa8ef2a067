"""Single plays as lines of text, made by SQLite: a month may have hundreds of thousands of them.

A Python object for each would take most of the time that such a report may take.
"""

from __future__ import annotations

from collections.abc import Iterator

from appliance.store.database import Database
from appliance.store.report_filter import EVERYTHING, WANTED, Wanted
from appliance.store.reports import ReportStore

COLUMNS = (
    "started", "clock", "play", "shown_in", "clip", "title", "kind", "shown_s", "completed",
    "liked", "stars", "seen_before", "campaign", "campaign_name", "advertiser",
    "film_sha256", "watchers",
)  # fmt: skip

# One choice plans one play, so a play's events are those of its choice: they lie side by side in
# the index play_events_of_choice. Only titles and names are anybody's text; the rest are the
# program's own words and numbers, and need no quoting.
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
           printf({answers}, {null}, {null}, {null})),
    ifnull(play.campaign_id, {null}), {campaign_name}, {advertiser},
    ifnull(play.film_sha256, ifnull((SELECT sha256 FROM clips WHERE id = play.clip_id), '')),
    ifnull((SELECT watchers FROM decisions WHERE id = play.decision_id), {null})
)
FROM play_events AS play LEFT JOIN campaigns ON campaigns.id = play.campaign_id
WHERE play.local_date = :day AND play.event = 'playing' AND {wanted}
ORDER BY play.id
"""

_WANTED = WANTED.replace("campaign_id", "play.campaign_id").replace("clip_id", "play.clip_id")


def _csv_text(column: str) -> str:
    """An expression for a text as RFC 4180 has it; nothing for NULL."""
    # A spreadsheet takes a text that begins with certain characters for a formula.
    unharmed = f"iif({column} GLOB '[=+@\t\r-]*', '''', '') || {column}"
    return (
        f"ifnull(iif({column} GLOB '*[\",\n\r]*',"
        f" '\"' || replace({unharmed}, '\"', '\"\"') || '\"', {unharmed}), '')"
    )


_CSV = _LINE.format(
    line="'%sT%s%s%02d:%02d,%s,%s,%s,%d,%s,%s,%s,%s,%s,%s,%s,%s,%s'",
    end="'%.1f,%s'",
    answers="'%s,%s,%s'",
    title=_csv_text("play.clip_title"),
    campaign_name=_csv_text("campaigns.name"),
    advertiser=_csv_text("campaigns.advertiser"),
    wanted=_WANTED,
    true="'True'",
    false="'False'",
    null="''",
)

_JSON = _LINE.format(
    line=(
        """'{"started": "%sT%s%s%02d:%02d", "clock": "%s", "play": "%s", "shown_in": "%s","""
        """ "clip": %d, "title": %s, "kind": "%s", "shown_s": %s, %s,"""
        """ "campaign": %s, "campaign_name": %s, "advertiser": %s, "film_sha256": "%s","""
        """ "watchers": %s}'"""
    ),
    end="""'%.1f, "completed": %s'""",
    answers="""'"liked": %s, "stars": %s, "seen_before": %s'""",
    title="json_quote(play.clip_title)",
    campaign_name="json_quote(campaigns.name)",
    advertiser="json_quote(campaigns.advertiser)",
    wanted=_WANTED,
    true="'true'",
    false="'false'",
    null="'null'",
)


class PlayList:
    """Every play that began on some local dates, in order, day by day; dates are ISO."""

    def __init__(self, database: Database, wanted: Wanted = EVERYTHING) -> None:
        self._database = database
        self._wanted = wanted

    def csv_lines(self, first: str, last: str) -> Iterator[list[str]]:
        """Batches of lines of ``COLUMNS`` (RFC 4180), without the end of the line."""
        for day in self._days(first, last):
            yield from self._database.column(_CSV, {"day": day, **self._wanted.values})

    def json_lines(self, first: str, last: str) -> Iterator[list[str]]:
        """Batches of JSON objects."""
        for day in self._days(first, last):
            yield from self._database.column(_JSON, {"day": day, **self._wanted.values})

    def latest(self, first: str, last: str, limit: int) -> list[str]:
        """The last ``limit`` of those JSON objects, in order."""
        lines: list[str] = []
        for day in reversed(self._days(first, last)):
            batches = self._database.column(
                f"{_JSON} DESC LIMIT :limit",
                {"day": day, "limit": limit - len(lines), **self._wanted.values},
            )
            lines += [line for batch in batches for line in batch]
            if len(lines) >= limit:
                break
        return lines[::-1]

    def count(self, first: str, last: str) -> int:
        """How many plays they are."""
        days = ReportStore(self._database).played_days(first, last, self._wanted)
        return sum(day.plays for day in days)

    def _days(self, first: str, last: str) -> tuple[str, ...]:
        days = ReportStore(self._database).played_days(first, last, self._wanted)
        return tuple(day.local_date for day in days)
