"""Holds the totals that reports are made of to the events that prove them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from appliance.store.chain import events_after
from appliance.store.database import Database, Row

OPEN_PLAYS = 10_000
"""Plays kept in mind on the way; of an older one the beginning is looked up."""


@dataclass(frozen=True, slots=True)
class TotalsGap:
    """Where totals and events differ."""

    local_date: str
    clip_id: int
    said: str
    proved: str


class _Counted:
    """One clip's day as its events prove it."""

    __slots__ = ("completed", "failed", "plays", "shown_s")

    def __init__(self) -> None:
        self.plays, self.completed, self.failed, self.shown_s = 0, 0, 0, 0.0

    def __str__(self) -> str:
        return (
            f"{self.plays} plays, {self.completed} completed, {self.failed} failed,"
            f" {self.shown_s:.1f} s"
        )


class _Play:
    """What is known of one play on the way."""

    __slots__ = ("completed", "failed", "key", "shown_s")

    def __init__(self) -> None:
        self.key: tuple[str, int] | None = None
        self.completed, self.failed, self.shown_s = 0, 0, 0.0


def totals_gap(database: Database) -> TotalsGap | None:
    """The first day and clip whose totals are not what the events say; None: they agree.

    Days of which events were purged are left out; their totals can no longer be proved.
    """
    with database.reading():
        counted = _count(database)
        oldest = database.row("SELECT local_date, id FROM play_events ORDER BY id LIMIT 1")
        purged = database.row("SELECT local_date FROM chain_checkpoints WHERE kind = 'purge'")
        after = purged["local_date"] if purged else ""
        rows = database.rows(
            "SELECT local_date, clip_id, sum(plays) AS plays, sum(completed) AS completed,"
            " sum(failed) AS failed, sum(shown_s) AS shown_s FROM play_hours"
            " WHERE local_date > :after GROUP BY 1, 2 ORDER BY 1, 2",
            {"after": after},
        )
    if oldest is None and not rows:
        return None
    return _first_gap(rows, {key: day for key, day in counted.items() if key[0] > after})


def _first_gap(rows: list[Row], counted: dict[tuple[str, int], _Counted]) -> TotalsGap | None:
    for row in rows:
        said = _Counted()
        said.plays, said.completed = row["plays"], row["completed"]
        said.failed, said.shown_s = row["failed"], row["shown_s"]
        proved = counted.pop((row["local_date"], row["clip_id"]), _Counted())
        if str(said) != str(proved) and not _is_rounding(said, proved):
            return TotalsGap(row["local_date"], row["clip_id"], str(said), str(proved))
    for (local_date, clip_id), proved in sorted(counted.items()):
        return TotalsGap(local_date, clip_id, str(_Counted()), str(proved))
    return None


def _is_rounding(said: _Counted, proved: _Counted) -> bool:
    counts_agree = (said.plays, said.completed, said.failed) == (
        proved.plays,
        proved.completed,
        proved.failed,
    )
    return counts_agree and abs(said.shown_s - proved.shown_s) < 0.2


def _count(database: Database) -> dict[tuple[str, int], _Counted]:
    counted: dict[tuple[str, int], _Counted] = {}
    plays: OrderedDict[str, _Play] = OrderedDict()
    for event in events_after(database, -1):
        play = plays.pop(event["play_id"], None)
        if play is None and event["event"] != "playing":
            play = _looked_up(database, event)
        play = play or _Play()
        plays[event["play_id"]] = play
        if len(plays) > OPEN_PLAYS:
            plays.popitem(last=False)
        _add(play, event, counted)
    return counted


def _looked_up(database: Database, event: Row) -> _Play | None:
    """A play that began long before this event of it."""
    play = None
    for earlier in database.rows(
        "SELECT * FROM play_events WHERE play_id = :play AND id < :id",
        {"play": event["play_id"], "id": event["id"]},
    ):
        play = play or _Play()
        _add(play, earlier, {})
    return play


def _add(play: _Play, event: Row, counted: dict[tuple[str, int], _Counted]) -> None:
    before = (play.completed, play.failed, play.shown_s) if play.key else (0, 0, 0.0)
    play.completed |= event["event"] == "ended"
    play.failed |= event["event"] == "error"
    play.shown_s = max(play.shown_s, event["position_s"])
    begins = event["event"] == "playing"
    if begins:
        play.key = (event["local_date"], event["clip_id"])
    if play.key is None:
        return
    day = counted.setdefault(play.key, _Counted())
    day.plays += begins
    day.completed += play.completed - before[0]
    day.failed += play.failed - before[1]
    day.shown_s += play.shown_s - before[2]
