"""What the record of the proof's end, which lies outside of the database, says against it."""

from __future__ import annotations

from appliance.cli.context import Context
from appliance.cli.findings import Outcome, Verdict
from appliance.daemon.secret_key import chain_key, load_secret
from appliance.store.chain import Head
from appliance.store.database import Database, open_database
from appliance.store.head_witness import NAME, Record, State, compare, has_head, read_record

_ACCEPT = "where you know why, check what is there with --accept-restart"


def setback_of(database: Database, record: Record | None, *, accepts_restart: bool = False) -> str:
    """What is wrong, in one line; empty: the database is not behind what was recorded.

    ``record`` was read before the database.
    """
    state = compare(database, record)
    if state is State.GONE:
        return (
            f"{NAME} beside the database, which records the proof's end, is gone, damaged or signed"
            " with another secret: nothing says that no events were cut off; the unit makes a new"
            " one at its next start"
        )
    if state is State.BEHIND and record is not None:
        return (
            f"event {record.head.event_id}, recorded outside of the database on"
            f" {record.head.local_date}, is not in it: the database was put back to an earlier"
            " state, or its last writes are lost (set back)"
        )
    if record is not None and record.setbacks and not accepts_restart:
        return f"the database was set back; {'; '.join(map(str, record.setbacks))}; {_ACCEPT}"
    return ""


def journal_gap(database: Database, heads: list[Head], record: Record | None) -> str:
    """What is wrong with the database by the journal, in one line; empty: nothing."""
    for head in heads:
        if not (has_head(database, head) or _is_excused(head, record)):
            return (
                f"event {head.event_id}, which the journal names on {head.local_date}, is gone:"
                f" the database and {NAME} were put back to an earlier state together; {_ACCEPT}"
            )
    return ""


def _is_excused(head: Head, record: Record | None) -> bool:
    """It went with a setback that is noted, and so is said anyway."""
    setbacks = record.setbacks if record is not None else ()
    return any(
        each.kept < head.event_id and (each.lost is None or head.event_id <= each.lost)
        for each in setbacks
    )


def proof(context: Context) -> Outcome:
    """For ``doctor``: the end of the chain alone, which takes no time."""
    if not context.database_path.exists():
        return Verdict.WARN, "there is no database yet"
    record = read_record(context.state_dir, chain_key(load_secret(context.state_dir)))
    with open_database(context.database_path, read_only=True) as database:
        state, setback = compare(database, record), setback_of(database, record)
    if state is State.NOT_BEGUN:
        return Verdict.WARN, f"no {NAME} yet; the unit makes it at its next start"
    if setback:
        verdict = Verdict.WARN if state is State.HOLDS else Verdict.FAIL
        return verdict, f"{setback}; see 'appliance report verify'"
    return Verdict.OK, f"its end is the one recorded in {NAME}; 'report verify' walks all of it"
