"""The chain's head in a file beside the database: one that was put back does not match it.

Written after the event is on the disk, in two places that take turns, each signed: whenever the
power fails the file holds the last head or the one before, and never one that the database lacks.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from appliance.store.chain import Head, head_of
from appliance.store.database import Database
from appliance.store.stamp import Stamp

logger = logging.getLogger(__name__)

NAME = "proof-head"
NOTED = "proof_head_epoch"
"""Key of ``meta``: since it is there the file must be, too."""

_SLOT_BYTES = 2048
_SLOTS = 2
_KEPT_SETBACKS = 4
"""The newest that are described; all are counted."""


@dataclass(frozen=True, slots=True)
class Setback:
    """The database was found to be an earlier one than the unit had written."""

    at: str
    """UTC text."""
    kept: int
    """Number of the last event that it held then; 0: it held others than were recorded."""
    lost: int | None
    """Number of the last event that is gone; None: not known, the file was gone as well."""

    def __str__(self) -> str:
        which = "events after" if self.lost is None else f"the events up to {self.lost} after"
        return f"{self.at}: {which} event {self.kept} are gone"


@dataclass(frozen=True, slots=True)
class Record:
    """What the file says."""

    number: int
    """Counts up with each writing."""
    head: Head
    epoch: int
    """How often the database was set back."""
    setbacks: tuple[Setback, ...]


class State(StrEnum):
    HOLDS = "holds"
    NOT_BEGUN = "not begun"
    """By a unit that has not run since it has such a file."""
    GONE = "gone"
    """Missing, damaged, or signed with another secret."""
    BEHIND = "behind"
    """The database lacks the recorded event, or has another in its place."""


class HeadWitness:
    """Used by the thread that records events; a failure to write is logged once."""

    def __init__(self, state_dir: Path, key: bytes) -> None:
        self._path = state_dir / NAME
        self._key = key
        self._record: Record | None = None
        self._has_trouble = False

    def begin(self, database: Database, stamp: Stamp) -> None:
        """At the unit's start: compare, note a setback, and begin the file where there is none."""
        record = read_record(self._path.parent, self._key)
        state = compare(database, record)
        if state is State.HOLDS:
            self._note(database, record.epoch if record else 0)
            return
        head = head_of(database) or Head(0, 0, "", stamp.local_date)
        if state is State.NOT_BEGUN:
            fresh = Record(0, head, 0, ())
        else:
            fresh = _after_setback(record, head, stamp, _noted(database) or 0)
            logger.error(
                "Proof of play: the database is an earlier one than this unit has written, or %s"
                " beside it is gone; %s", NAME, fresh.setbacks[-1],
            )  # fmt: skip
        if self._create(fresh):
            self._note(database, fresh.epoch)

    def keep(self, head: Head | None) -> None:
        """Write the head down; to be called once the event is on the disk."""
        self._record = self._record or read_record(self._path.parent, self._key)
        if self._record is None or head is None:
            return  # not begun: the next start does so
        self._record = replace(self._record, number=self._record.number + 1, head=head)
        try:
            self._write(self._record)
            self._has_trouble = False
        except OSError as exc:
            if not self._has_trouble:
                logger.error("%s cannot be written (%s): the proof's end has no witness there",
                             self._path, exc.strerror)  # fmt: skip
            self._has_trouble = True

    def _write(self, record: Record) -> None:
        """In place and flushed: no new name, no new block, so one page of the card an event."""
        descriptor = os.open(self._path, os.O_WRONLY)
        try:
            slot = record.number % _SLOTS
            os.pwrite(descriptor, _slot_of(record, self._key), slot * _SLOT_BYTES)
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def _create(self, record: Record) -> bool:
        """Whole or not at all; False: it cannot be written."""
        self._record = record
        unfinished = self._path.with_suffix(".new")
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_slot_of(record, self._key) * _SLOTS)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as exc:
            logger.error("%s cannot be made (%s): the proof's end has no witness there",
                         self._path, exc.strerror)  # fmt: skip
            return False
        return True

    @staticmethod
    def _note(database: Database, epoch: int) -> None:
        """In the database, once the file is on the disk: from now on it must be there."""
        if _noted(database) == epoch:
            return
        with database.transaction():
            database.write(
                "INSERT INTO meta (key, value) VALUES (:key, :value)"
                " ON CONFLICT DO UPDATE SET value = excluded.value",
                {"key": NOTED, "value": str(epoch)},
            )


def read_record(state_dir: Path, key: bytes) -> Record | None:
    """The newest record signed with ``key``; None: there is none.

    Who compares it reads it before the database, which is never behind it.
    """
    try:
        content = (state_dir / NAME).read_bytes()
    except OSError:
        return None
    slots = (content[at * _SLOT_BYTES : (at + 1) * _SLOT_BYTES] for at in range(_SLOTS))
    found = [record for slot in slots if (record := _record_in(slot, key)) is not None]
    return max(found, key=lambda record: record.number, default=None)


def compare(database: Database, record: Record | None) -> State:
    """Whether the database has the event that was recorded last."""
    if record is None:
        return State.NOT_BEGUN if _noted(database) is None else State.GONE
    return State.HOLDS if has_head(database, record.head) else State.BEHIND


def has_head(database: Database, head: Head) -> bool:
    """The event with that hash is in the chain, or has been purged since."""
    values = {"id": head.event_id}
    purged = database.row(
        "SELECT 1 FROM chain_checkpoints WHERE kind = 'purge' AND up_to_id > :id", values
    )
    if head.event_id == 0 or purged is not None:
        return True
    rows = database.rows(
        "SELECT hash FROM chain_checkpoints WHERE up_to_id = :id"
        " UNION SELECT chain FROM play_events WHERE id = :id",
        values,
    )
    return any(isinstance(row["hash"], bytes) and row["hash"].hex() == head.hash for row in rows)


def _after_setback(record: Record | None, head: Head, stamp: Stamp, noted: int) -> Record:
    if record is None:
        return Record(0, head, noted + 1, (Setback(stamp.utc_text, head.event_id, None),))
    # Where it goes further than the record it is another history, and nobody knows since when.
    kept = head.event_id if head.event_id < record.head.event_id else 0
    setback = Setback(stamp.utc_text, kept, record.head.event_id)
    setbacks = (*record.setbacks, setback)[-_KEPT_SETBACKS:]
    return Record(record.number + 1, head, record.epoch + 1, setbacks)


def _noted(database: Database) -> int | None:
    row = database.row("SELECT value FROM meta WHERE key = :key", {"key": NOTED})
    text = str(row["value"]) if row else ""
    return int(text) if text.isdigit() else None


def _slot_of(record: Record, key: bytes) -> bytes:
    text = json.dumps(asdict(record))
    content = json.dumps({"record": text, "mac": _mac(text, key)}).encode("ascii")
    return content.ljust(_SLOT_BYTES - 1) + b"\n"


def _record_in(slot: bytes, key: bytes) -> Record | None:
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        outer = json.loads(slot)
        if hmac.compare_digest(str(outer["mac"]), _mac(str(outer["record"]), key)):
            kept = json.loads(outer["record"])
            setbacks = tuple(Setback(**each) for each in kept["setbacks"])
            return Record(kept["number"], Head(**kept["head"]), kept["epoch"], setbacks)
    return None


def _mac(text: str, key: bytes) -> str:
    return hmac.digest(key, b"head 1\n" + text.encode("utf-8"), "sha256").hex()
