"""Walks the chain of proof of play and names the first place where it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.store.chain import (
    BEGINNING,
    Head,
    checkpoint_of,
    events_after,
    head_of,
    is_signed,
    latest_purge,
    latest_start,
    link,
)
from appliance.store.database import Database, Row


class Fault(StrEnum):
    """What is wrong where the chain breaks."""

    EDITED = "edited"
    MISSING = "missing"
    """One event or more before this one was taken out."""
    INSERTED = "inserted"
    TAIL_CUT = "tail cut"
    SEAL = "seal broken"
    """A checkpoint was edited or taken out, or the unit's secret is another."""
    BEGUN_ANEW = "begun anew"
    """After the secret or the chain's start was lost; earlier events were sealed as found."""
    OTHER_EXPORT = "not the export's"
    """The event is not the one that the export was made with."""


@dataclass(frozen=True, slots=True)
class Break:
    fault: Fault
    event_id: int
    at: str
    """UTC text of that event, or of the last one before; empty: none."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk found."""

    checked: int
    """Events that hold, one by one or (before the chain) as a whole."""
    sealed: int
    """Of those, how many are older than the chain and hold only as a whole."""
    begun_at: str
    """UTC text; empty: the chain has not begun."""
    purged_up_to: int
    """Events up to this id were taken out by retention; 0: none."""
    head: Head | None
    first_break: Break | None
    is_comparable: bool = True
    """False: the export's head was purged since, so it could not be compared."""


class _Walk:
    """State of one walk from the oldest event that is kept to the newest."""

    def __init__(self, key: bytes, start: Row, purge: Row | None) -> None:
        self._key = key
        self._start = checkpoint_of(start)
        self._purge = checkpoint_of(purge) if purge else None
        self.hash = self._purge.hash if self._purge else BEGINNING
        self.event_id = self._purge.up_to_id if self._purge else 0
        self.at = ""
        self.checked = 0
        self.sealed = 0
        self._is_sealing = self.event_id < self._start.up_to_id

    def take(self, event: Row) -> Break | None:
        """Go on by one event."""
        if self._is_sealing and event["id"] > self._start.up_to_id:
            broken = self.end_seal()
            if broken is not None:
                return broken
        hashed = link(self._key, self.hash, event)
        if self._is_sealing:
            self.sealed += 1
        elif event["chain"] is None:
            return Break(Fault.INSERTED, event["id"], event["at"])
        elif event["id"] != self.event_id + 1:
            return Break(Fault.MISSING, event["id"], event["at"])
        elif event["chain"] != hashed:
            return Break(Fault.EDITED, event["id"], event["at"])
        self.hash, self.event_id, self.at = hashed, event["id"], event["at"]
        self.checked += 1
        return None

    def end_seal(self) -> Break | None:
        """The events before the chain are all there; do they hold as a whole?"""
        if not self._is_sealing:
            return None
        self._is_sealing = False
        if self.hash != self._start.hash:
            return Break(Fault.EDITED, self._start.up_to_id, self.at)
        self.event_id = self._start.up_to_id
        return None


def check_chain(
    database: Database,
    key: bytes,
    *,
    against: Head | None = None,
    accepts_restart: bool = False,
) -> ChainReport:
    """Walk the whole chain; ``against`` is the head that an earlier export carries.

    ``accepts_restart``: somebody knows why the chain was begun anew; check what came since.
    """
    with database.reading():
        start = latest_start(database)
        if start is None:
            return _without_start(database, against)
        purge = latest_purge(database, start)
        purged_up_to = purge["up_to_id"] if purge else 0
        broken = _bad_checkpoint(database, key, start, accepts_restart)
        if broken is not None:
            return ChainReport(0, 0, start["at"], purged_up_to, head_of(database), broken)
        walk = _Walk(key, start, purge)
        witness = _Witness(against, start, purge)
        broken = witness.at_checkpoints()
        for event in events_after(database, walk.event_id if purge else -1):
            broken = broken or walk.take(event) or witness.at_event(walk)
            if broken is not None:
                break
        broken = broken or walk.end_seal() or _cut(database, walk) or witness.at_end(walk)
        return ChainReport(
            walk.checked,
            walk.sealed,
            start["at"],
            purged_up_to,
            head_of(database),
            broken,
            witness.is_comparable,
        )


class _Witness:
    """The head of an earlier export, looked for on the way."""

    def __init__(self, head: Head | None, start: Row, purge: Row | None) -> None:
        self._head = head
        self._known = {row["up_to_id"]: row for row in (start, purge) if row}
        self._is_met = head is None
        self.is_comparable = purge is None or head is None or head.event_id >= purge["up_to_id"]

    def at_checkpoints(self) -> Break | None:
        """The export was made when a checkpoint was the last that had happened."""
        if self._head is None or not self.is_comparable:
            self._is_met = True
            return None
        row = self._known.get(self._head.event_id)
        return self._compare(row["hash"], row["at"]) if row else None

    def at_event(self, walk: _Walk) -> Break | None:
        if self._is_met or self._head is None or walk.event_id != self._head.event_id:
            return None
        return self._compare(walk.hash, walk.at)

    def at_end(self, walk: _Walk) -> Break | None:
        if self._is_met or self._head is None:
            return None
        is_later = self._head.event_id > walk.event_id
        fault = Fault.TAIL_CUT if is_later else Fault.OTHER_EXPORT
        return Break(fault, self._head.event_id, walk.at)

    def _compare(self, hashed: bytes, at: str) -> Break | None:
        self._is_met = True
        if self._head is None or hashed.hex() == self._head.hash:
            return None
        return Break(Fault.OTHER_EXPORT, self._head.event_id, at)


def _without_start(database: Database, against: Head | None) -> ChainReport:
    last = database.row("SELECT id, at FROM play_events ORDER BY id DESC LIMIT 1")
    links = database.row("SELECT id, at FROM play_events WHERE chain IS NOT NULL LIMIT 1")
    broken = None
    if links is not None:
        broken = Break(Fault.SEAL, links["id"], links["at"])
    elif against is not None:
        fault = Fault.TAIL_CUT if last is None else Fault.SEAL
        broken = Break(fault, against.event_id, last["at"] if last else "")
    return ChainReport(0, 0, "", 0, None, broken)


def _bad_checkpoint(
    database: Database, key: bytes, start: Row, accepts_restart: bool
) -> Break | None:
    since = database.rows(
        "SELECT * FROM chain_checkpoints WHERE id >= :id ORDER BY id", {"id": start["id"]}
    )
    for row in since:
        if not is_signed(row, key):
            return Break(Fault.SEAL, row["up_to_id"], str(row["at"]))
    if start["kind"] == "restart" and not accepts_restart:
        return Break(Fault.BEGUN_ANEW, start["up_to_id"], start["at"])
    return None


def _cut(database: Database, walk: _Walk) -> Break | None:
    """Was an event given an id, or a day closed, after the last one that is there?"""
    row = database.rows(
        "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'play_events'), 0),"
        " coalesce((SELECT max(up_to_id) FROM chain_checkpoints), 0)) AS last"
    )[0]
    return Break(Fault.TAIL_CUT, row["last"], walk.at) if row["last"] > walk.event_id else None
