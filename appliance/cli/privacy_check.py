"""``appliance privacy-check``: prove on the running unit that it keeps and sends no picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import click

from appliance.cli.context import Context
from appliance.cli.findings import Outcome, Verdict, findings_of, report_and_exit
from appliance.cli.privacy_audit import Audit
from appliance.cli.privacy_files import database_rows, open_files, own_files, shared_files
from appliance.cli.privacy_page import notice
from appliance.cli.privacy_process import memory, requests_made, sockets
from appliance.daemon.clock import Clock
from appliance.daemon.housekeeping import keep_days
from appliance.store.database import open_database
from appliance.store.retention import Retention


@click.command("privacy-check")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def privacy_check(context: Context, as_json: bool) -> None:
    """Prove that no picture is kept and nothing sent but what the settings name; else status 1.

    Files are judged by their content, whatever their name: pictures and films of any format, raw
    frames, arrays of numbers, and all of these inside archives, databases or text. What the
    library holds is known by checksum. Run it on the unit as root: the daemon's open files and
    sockets are hidden from other users.
    """
    report_and_exit(findings_of(CHECKS, Audit(context)), as_json=as_json)


def _retention(audit: Audit) -> Outcome:
    settings = audit.context.settings.retention
    now = Clock().now().stamp
    night = (now.local - settings.purge_time).date()
    with open_database(audit.context.database_path, read_only=True) as database:
        due = Retention(database, b"", keep_days(settings)).due(night - dt.timedelta(days=1))
    old = ", ".join(f"{rows} of {table}" for table, rows in due.items() if rows)
    if not now.is_synced:
        # By a clock that may be years behind nothing is too old.
        said = f"by its time there are {old}" if old else "by its time nothing is too old"
        return Verdict.WARN, (
            f"not proved: the clock is not set, so nothing is purged ({said}); see that the unit"
            " has a network or a clock chip"
        )
    if old:
        return Verdict.FAIL, f"rows older than the settings keep: {old}; run 'appliance purge'"
    return Verdict.OK, f"no second of expressions is older than {settings.samples_days} days"


CHECKS: dict[str, Callable[[Audit], Outcome]] = {
    "files": own_files,
    "shared": shared_files,
    "open files": open_files,
    "database": database_rows,
    "memory": memory,
    "sockets": sockets,
    "requests": requests_made,
    "retention": _retention,
    "notice": notice,
}
