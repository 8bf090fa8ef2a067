"""``appliance purge``: take out what the settings no longer keep, now rather than at night."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import click

from appliance.backup.set_aside import purge_set_aside
from appliance.cli.context import Context
from appliance.content.clip_folder import SET_ASIDE
from appliance.daemon.clock import Clock
from appliance.daemon.housekeeping import keep_days, may_purge
from appliance.daemon.nightly_work import LEFT_UNDONE_AFTER
from appliance.daemon.secret_key import chain_key, load_secret
from appliance.errors import StoreError
from appliance.store.database import open_database
from appliance.store.retention import TABLES, Retention


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say how many rows would go.")
@click.option("--if-due", is_flag=True, help="Only what the daemon has left undone at night.")
@click.pass_obj
def purge(context: Context, dry_run: bool, if_due: bool) -> None:
    """Take out rows older than the settings keep them; a running unit goes on meanwhile."""
    if not context.database_path.exists():
        raise StoreError(f"there is no database at {context.database_path}; nothing to purge")
    keep = keep_days(context.settings.retention)
    key = chain_key(load_secret(context.state_dir))
    today = dt.datetime.now().astimezone().date()
    with open_database(context.database_path, read_only=dry_run) as database:
        retention = Retention(database, key, keep)
        if if_due and not _is_left_undone(context, retention):
            return
        rows = retention.due(today) if dry_run else _purge(retention, today)
    verb = "would be purged" if dry_run else "purged"
    for table in TABLES:
        click.echo(f"{table}: {rows.get(table, 0)} rows {verb}, {keep.of(table)} days are kept")
    if not dry_run:
        days = context.settings.retention.set_aside_days
        gone = purge_set_aside(context.state_dir, context.state_dir / SET_ASIDE, days, today, None)
        click.echo(f"set-aside states: {gone} purged, {days} days are kept; their films stay")


def _is_left_undone(context: Context, retention: Retention) -> bool:
    now, purge_at = Clock().now().stamp, context.settings.retention.purge_time
    night = (now.local - LEFT_UNDONE_AFTER - purge_at).date()
    # By a clock that is not set nothing is too old.
    return now.is_synced and may_purge(retention, night)


def _purge(retention: Retention, today: dt.date) -> dict[str, int]:
    taken: Counter[str] = Counter()
    while True:
        table, rows = retention.step(today)
        if not table:
            retention.remember(today)
            return taken
        taken[table] += rows
