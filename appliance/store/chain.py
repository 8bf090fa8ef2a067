"""Proof of play as a chain: each event's hash covers the one before it, so no event changes unseen.

The hash is keyed with a secret of the unit: who can write the database but does not know it can
break the chain, not mend it. A chain cut at its end needs a witness outside of the database: its
head goes to the journal every day and into every report (``chain_check.py`` compares them).
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.store.database import Database, Row
from appliance.store.stamp import Stamp

logger = logging.getLogger(__name__)

BEGINNING = bytes(32)
"""Stands for the hash before the first event."""

BATCH = 5000
"""Events read at once when the chain is walked."""

CHAINED = (
    "id", "play_id", "event", "at", "local_date", "tz_offset_minutes", "clock_synced",
    "position_s", "detail", "decision_id", "visit_id", "screen", "clip_id", "clip_title",
    "clip_kind", "campaign_id",
)  # fmt: skip
"""The proof, with ``FILM``: every column of ``play_events`` but the hash. Order is part of it."""

FILM = "film_sha256"
"""Came later: an event that has none is linked as it was before there was such a column."""


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end at one moment; whoever keeps it can prove that nothing before it changed."""

    event_id: int
    """0: nothing has been recorded yet."""
    events: int
    """How many the chain has had, purged ones included."""
    hash: str
    """Hexadecimal."""
    local_date: str
    """Of the last event."""

    def __str__(self) -> str:
        return f"{self.local_date} event {self.event_id}, {self.events} in all, hash {self.hash}"


_HEAD = re.compile(
    r"(\d{4}-\d\d-\d\d) event (\d{1,18}), (\d{1,18}) in all, hash ([0-9a-f]{64}),"
    r" signed ([0-9a-f]{32})"
)


def signed_text(head: Head, key: bytes) -> str:
    """A head as it stands in a log that others may write to as well."""
    mac = hmac.digest(key, b"journal 1\n" + str(head).encode("ascii"), "sha256")
    return f"{head}, signed {mac.hex()[:32]}"


def head_in(line: str, key: bytes) -> Head | None:
    """The head in a line of the log; None: there is none that this unit's secret has signed."""
    found = _HEAD.search(line)
    if found is None:
        return None
    head = Head(int(found[2]), int(found[3]), found[4], found[1])
    return head if hmac.compare_digest(signed_text(head, key), found[0]) else None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed state of the chain (table ``chain_checkpoints``)."""

    kind: str
    """``start``, ``restart``, ``day`` or ``purge``."""
    up_to_id: int
    events: int
    hash: bytes
    at: str
    """UTC text."""
    local_date: str

    def mac(self, key: bytes) -> bytes:
        """What signs it."""
        text = json.dumps(
            [self.kind, self.up_to_id, self.events, self.hash.hex(), self.at, self.local_date]
        )
        return hmac.digest(key, b"checkpoint 1\n" + text.encode("ascii"), "sha256")


def link(key: bytes, before: bytes, event: Row) -> bytes:
    """The hash of an event (a row of ``play_events``) that follows the hash ``before``.

    JSON tells text, whole numbers, floats (shortest exact form) and NULL apart.
    """
    names: tuple[str, ...] = CHAINED
    kind = b"event 1\n"
    if event.get(FILM) is not None:
        names, kind = (*CHAINED, FILM), b"event 2\n"
    text = json.dumps([event[name] for name in names], default=repr, separators=(",", ":"))
    return hmac.digest(key, kind + before + text.encode("ascii"), "sha256")


def events_after(database: Database, event_id: int) -> Iterator[Row]:
    """Rows of ``play_events`` in order, read in batches."""
    sql = "SELECT * FROM play_events WHERE id > :after ORDER BY id LIMIT :batch"
    while batch := database.rows(sql, {"after": event_id, "batch": BATCH}):
        yield from batch
        event_id = batch[-1]["id"]


def latest_start(database: Database) -> Row | None:
    """The row of ``chain_checkpoints`` that the chain of now begins with."""
    return database.row(
        "SELECT * FROM chain_checkpoints WHERE kind IN ('start', 'restart')"
        " ORDER BY id DESC LIMIT 1"
    )


def latest_purge(database: Database, start: Row) -> Row | None:
    """The row that says up to where events were taken out since ``start``."""
    return database.row(
        "SELECT * FROM chain_checkpoints WHERE kind = 'purge' AND id > :start"
        " ORDER BY id DESC LIMIT 1",
        {"start": start["id"]},
    )


def checkpoint_of(row: Row) -> Checkpoint:
    names = ("kind", "up_to_id", "events", "hash", "at", "local_date")
    return Checkpoint(*(row[name] for name in names))


def is_signed(row: Row, key: bytes) -> bool:
    """This unit's secret signed the row, and nobody changed it since."""
    mac, hashed = row["mac"], row["hash"]
    if not isinstance(mac, bytes) or not isinstance(hashed, bytes):
        return False
    return hmac.compare_digest(mac, checkpoint_of(row).mac(key))


def head_of(database: Database) -> Head | None:
    """Where the chain ends now; None while it has not begun. Needs no key and proves nothing."""
    checkpoint = _latest(database)
    if checkpoint is None:
        return None
    last = _last_event(database)
    if last is None or last["id"] <= checkpoint.up_to_id:
        return Head(
            checkpoint.up_to_id, checkpoint.events, checkpoint.hash.hex(), checkpoint.local_date
        )
    since = database.rows(
        "SELECT count(*) AS n FROM play_events WHERE id > :id", {"id": checkpoint.up_to_id}
    )[0]["n"]
    return Head(last["id"], checkpoint.events + since, _hash(last).hex(), last["local_date"])


class ProofChain:
    """Writes the chain; inside the transaction of whoever appends."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key
        self._has_begun = False

    def begin(self, stamp: Stamp) -> None:
        """Seal the events that are older than the chain, once; nothing where it has begun.

        A chain that cannot be continued (its start was lost, or the secret is another one) is
        begun anew, and ``verify`` says so ever after.
        """
        with self._database.transaction():
            start = latest_start(self._database)
            if start is None or not is_signed(start, self._key):
                self._seal(start, stamp)
        self._has_begun = True

    def _seal(self, start: Row | None, stamp: Stamp) -> None:
        has_links = self._database.row("SELECT 1 FROM play_events WHERE chain IS NOT NULL LIMIT 1")
        is_first = start is None and has_links is None
        hashed, events, local_date = BEGINNING, 0, stamp.local_date
        for event in events_after(self._database, -1):
            hashed, events = link(self._key, hashed, event), events + 1
            local_date = event["local_date"]
        checkpoint = Checkpoint(
            "start" if is_first else "restart",
            next_event_id(self._database) - 1,
            events,
            hashed,
            stamp.utc_text,
            local_date,
        )
        self.write(checkpoint)
        if not is_first:
            logger.error(
                "Proof of play: the chain cannot be continued (the unit's secret or the chain's"
                " beginning is another); begun anew after %d events",
                events,
            )

    def append(self, event: Row, stamp: Stamp) -> None:
        """Write an event (all columns but ``id`` and ``chain``) at the chain's end."""
        if not self._has_begun:
            self.begin(stamp)
        before = tail_hash(self._database)
        last = _last_event(self._database)
        if last is not None and last["local_date"] != stamp.local_date:
            self._close_day(stamp)
        row = event | {"id": next_event_id(self._database)}
        self._database.insert("play_events", row | {"chain": link(self._key, before, row)})

    def write(self, checkpoint: Checkpoint) -> None:
        """Sign a checkpoint and write it."""
        self._database.insert(
            "chain_checkpoints",
            {
                "kind": checkpoint.kind,
                "up_to_id": checkpoint.up_to_id,
                "events": checkpoint.events,
                "hash": checkpoint.hash,
                "at": checkpoint.at,
                "local_date": checkpoint.local_date,
                "mac": checkpoint.mac(self._key),
            },
        )

    def _close_day(self, stamp: Stamp) -> None:
        """A local day is over: its head goes to the table and to the journal."""
        head = head_of(self._database)
        if head is None:
            return
        self.write(
            Checkpoint(
                "day",
                head.event_id,
                head.events,
                bytes.fromhex(head.hash),
                stamp.utc_text,
                head.local_date,
            )
        )
        self.log_head("the day's head")

    def log_head(self, occasion: str) -> None:
        """The journal is the witness that the chain's end was not cut off."""
        head = head_of(self._database)
        text = signed_text(head, self._key) if head else "none yet"
        logger.info("Proof of play, %s: %s", occasion, text)


def next_event_id(database: Database) -> int:
    """Ids count up without gaps, over deleted rows too: a gap in the chain is a missing event."""
    row = database.rows(
        "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'play_events'), 0),"
        " coalesce((SELECT max(id) FROM play_events), 0),"
        " coalesce((SELECT max(up_to_id) FROM chain_checkpoints), 0)) AS last"
    )[0]
    return int(row["last"]) + 1


def tail_hash(database: Database) -> bytes:
    """The hash that the next event follows."""
    checkpoint, last = _latest(database), _last_event(database)
    if checkpoint is None:
        return BEGINNING
    return checkpoint.hash if last is None or last["id"] <= checkpoint.up_to_id else _hash(last)


def _latest(database: Database) -> Checkpoint | None:
    row = database.row("SELECT * FROM chain_checkpoints ORDER BY up_to_id DESC, id DESC LIMIT 1")
    return checkpoint_of(row) if row else None


def _last_event(database: Database) -> Row | None:
    return database.row("SELECT id, local_date, chain FROM play_events ORDER BY id DESC LIMIT 1")


def _hash(event: Row) -> bytes:
    """Of a row that may have been tampered with: the panel goes on, ``verify`` will say it."""
    return event["chain"] if isinstance(event["chain"], bytes) else BEGINNING
