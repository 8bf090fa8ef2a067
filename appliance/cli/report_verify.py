"""``appliance report verify``: does the proof of play hold?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from appliance.cli.context import Context
from appliance.cli.proof_journal import heads_in_journal
from appliance.cli.proof_record import journal_gap, setback_of
from appliance.cli.report_proof import head_in_export
from appliance.daemon.secret_key import chain_key, load_secret
from appliance.errors import StoreError
from appliance.store.chain import Head
from appliance.store.chain_check import Break, ChainReport, Fault, check_chain
from appliance.store.database import open_database
from appliance.store.head_witness import NAME, Record, read_record
from appliance.store.report_check import TotalsGap, totals_gap

_MEANING = {
    Fault.EDITED: "it is not as it was written (edited)",
    Fault.MISSING: "one event or more before it was taken out (missing)",
    Fault.INSERTED: "the unit did not write it (inserted)",
    Fault.TAIL_CUT: "the events up to it were there and are gone (tail cut)",
    Fault.SEAL: "a checkpoint was changed or taken out, or secret.key is not the unit's any more"
    " (seal broken)",
    Fault.BEGUN_ANEW: "the chain was begun anew there, because its beginning or the unit's secret"
    " was lost; where you know why, check what came since with --accept-restart",
    Fault.OTHER_EXPORT: "it is not the event that the export was made with (edited or replaced)",
}


@click.command()
@click.option(
    "--against",
    type=click.Path(dir_okay=False, path_type=Path),
    help="An earlier report (JSON, CSV or HTML): was anything cut off since it was made?",
)
@click.option(
    "--accept-restart",
    is_flag=True,
    help="Accept that the chain was begun anew or set back, for a reason that is known.",
)
@click.pass_obj
def verify(context: Context, against: Path | None, accept_restart: bool) -> None:
    """Check that no proof of play was edited, taken out, put in or cut off; else exit status 1."""
    head = head_in_export(against) if against else None
    if not context.database_path.exists():
        raise StoreError(f"there is no database at {context.database_path} to check")
    key = chain_key(load_secret(context.state_dir))
    # First: the database is never behind what was recorded of it.
    record, journal = read_record(context.state_dir, key), heads_in_journal(key)
    with open_database(context.database_path, read_only=True) as database:
        report = check_chain(database, key, against=head, accepts_restart=accept_restart)
        gap = None if report.first_break else totals_gap(database)
        setback = setback_of(database, record, accepts_restart=accept_restart)
        if not setback and not accept_restart:
            setback = journal_gap(database, journal, record)
    for line in _lines(report, head, gap, setback, record):
        click.echo(line)
    if journal and not accept_restart and not setback and report.first_break is None:
        click.echo(f"the journal agrees with it: {len(journal)} heads")
    if report.first_break is not None or gap is not None or setback:
        sys.exit(1)


def _lines(
    report: ChainReport,
    against: Head | None,
    gap: TotalsGap | None,
    setback: str,
    record: Record | None,
) -> list[str]:
    if report.first_break is not None:
        held = f"; the {report.checked} events before it hold" if report.checked else ""
        return [f"BROKEN at {_place(report.first_break)}{held}"]
    if setback:
        return [f"BROKEN: {setback}"]
    if report.head is None:
        return ["nothing has been recorded under this unit's chain yet"]
    lines = [f"proof of play holds: {report.checked} events, chained since {report.begun_at}"]
    if report.sealed:
        lines.append(f"of these {report.sealed} are older than the chain and hold as a whole only")
    if report.purged_up_to:
        lines.append(f"events up to {report.purged_up_to} were purged by the retention settings")
    if against is not None and report.is_comparable:
        lines.append(f"nothing was cut off since the export ({against})")
    elif against is not None:
        lines.append("the export's events were purged since: it cannot be compared any more")
    if record is not None:
        lines.append(f"its end is the one that {NAME} recorded: event {record.head.event_id}")
        lines += [f"accepted: the database was set back; {each}" for each in record.setbacks]
    lines.append(f"head: {report.head}")
    if gap is not None:
        lines.append(
            f"BROKEN: the reports' totals of clip {gap.clip_id} on {gap.local_date} say"
            f" {gap.said}, its events say {gap.proved}"
        )
    return lines


def _place(broken: Break) -> str:
    when = f" ({broken.at})" if broken.at else ""
    return f"event {broken.event_id}{when}: {_MEANING[broken.fault]}"
