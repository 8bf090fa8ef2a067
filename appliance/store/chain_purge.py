"""Old proof of play is taken out; a signed checkpoint keeps what is left provable."""

from __future__ import annotations

from appliance.errors import StoreError
from appliance.store.chain import (
    BEGINNING,
    Checkpoint,
    ProofChain,
    checkpoint_of,
    is_signed,
    latest_purge,
    latest_start,
    link,
)
from appliance.store.database import Database, Row

_MARKER = "play_events_purge_before"


def purge_events(database: Database, key: bytes, last: int) -> int:
    """Take out the events up to this id, within the caller's transaction; returns how many.

    Raises StoreError, and takes out nothing, where they do not hold: purging must not hide it.
    """
    start = latest_start(database)
    if start is None:
        raise StoreError("the proof of play has not begun; start the unit once before a purge")
    before = latest_purge(database, start)
    rows = database.rows("SELECT * FROM play_events WHERE id <= :last ORDER BY id", {"last": last})
    if not rows:
        return 0
    hashed = _fold(rows, key, start, before)
    newest = rows[-1]
    database.write(
        "INSERT INTO meta (key, value) VALUES (:key, :value)",
        # Events dated by an unset clock go with their neighbours, so not the date decides here.
        {"key": _MARKER, "value": max(str(row["at"]) for row in rows) + "~"},
    )
    ids = {"last": last}
    database.write(
        "DELETE FROM emotion_samples WHERE play_id IN"
        " (SELECT play_id FROM play_events WHERE id <= :last)",
        ids,
    )
    purged = database.write("DELETE FROM play_events WHERE id <= :last", ids)
    database.write("DELETE FROM meta WHERE key = :key", {"key": _MARKER})
    # The newest purge says all that the older ones said.
    database.write("DELETE FROM chain_checkpoints WHERE kind = 'purge'")
    ProofChain(database, key).write(
        Checkpoint(
            "purge",
            newest["id"],
            (before["events"] if before else 0) + purged,
            hashed,
            newest["at"],
            newest["local_date"],
        )
    )
    return purged


def _fold(rows: list[Row], key: bytes, start: Row, before: Row | None) -> bytes:
    """The hash after these rows, each checked on the way."""
    is_ours = is_signed(start, key) and (before is None or is_signed(before, key))
    hashed = checkpoint_of(before).hash if before else BEGINNING
    for row in rows:
        hashed = link(key, hashed, row)
        is_sealed = row["id"] <= start["up_to_id"]
        if not is_ours or not (is_sealed or row["chain"] == hashed):
            raise StoreError(
                f"the proof of play does not hold at event {row['id']}, so none of it was purged;"
                " see 'appliance report verify'"
            )
    return hashed
