"""``appliance report``: what was shown, how it was liked, how the place felt."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.context import Context
from appliance.cli.parameters import Day
from appliance.domain import EMOTIONS
from appliance.errors import ContentError
from appliance.store.database import Database, open_database
from appliance.store.reports import ReportStore
from appliance.store.samples import SampleStore
from appliance.store.scores import wilson_interval

Rows = list[dict[str, Any]]

DEFAULT_DAYS = 7


def plays_report(database: Database, first: str, last: str) -> Rows:
    """One row per play that the browser proved."""
    return [
        {
            "started": play.started_at.isoformat(timespec="seconds"),
            "clock": "set" if play.is_clock_synced else "not set",
            "play": play.id,
            "screen": play.screen.value,
            "clip": play.clip_id,
            "title": play.clip_title,
            "kind": play.clip_kind.value,
            "shown_s": round(play.shown_s, 1),
            "completed": play.is_completed,
            "liked": None if play.rating is None else bool(play.rating),
        }
        for play in ReportStore(database).plays(first, last)
    ]


def clips_report(database: Database, first: str, last: str) -> Rows:
    """One row per clip: plays, completion, and the share that liked it with its 95 % interval."""
    rows = []
    for total in ReportStore(database).clips(first, last):
        low, high = wilson_interval(total.likes, total.answers)
        rows.append(
            {
                "clip": total.clip_id,
                "title": total.title,
                "kind": total.kind.value,
                "plays": total.plays,
                "completed": total.completed,
                "completed_share": round(total.completed / total.plays, 3),
                "failed": total.failed,
                "shown_s": round(total.shown_s, 1),
                "answers": total.answers,
                "likes": total.likes,
                "liked_low": round(low, 3) if total.answers else None,
                "liked_high": round(high, 3) if total.answers else None,
            }
        )
    return rows


def emotions_report(database: Database, first: str, last: str) -> Rows:
    """One row per hour: the place's seconds by leading emotion; abstained ones do not count."""
    return [
        {"date": day, "hour": hour.hour, **dict(zip(EMOTIONS, hour.seven, strict=True))}
        for day in ReportStore(database).days(first, last)
        for hour in SampleStore(database).emotions_by_hour(day)
    ]


REPORTS: dict[str, Callable[[Database, str, str], Rows]] = {
    "plays": plays_report,
    "clips": clips_report,
    "emotions": emotions_report,
}


@click.command()
@click.argument("subject", metavar="plays|clips|emotions")
@click.option("--from", "first", type=Day(), help="First local date; by default a week ago.")
@click.option("--to", "last", type=Day(), help="Last local date, included; by default today.")
@click.option("--format", "form", default="table", show_default=True, help="table, csv or json.")
@click.pass_obj
def report(
    context: Context, subject: str, first: dt.date | None, last: dt.date | None, form: str
) -> None:
    """Report plays (one by one), clips (totals) or the place's emotions by hour."""
    if subject not in REPORTS:
        raise ContentError(f"there is no report {subject[:40]!r}; choose from {', '.join(REPORTS)}")
    if form not in ("table", "csv", "json"):
        raise ContentError(f"there is no format {form[:40]!r}; choose from table, csv, json")
    last = last or dt.datetime.now().astimezone().date()
    first = first or last - dt.timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise ContentError(f"--from {first} is after --to {last}; swap them")
    with open_database(context.database_path, read_only=True) as database:
        rows = REPORTS[subject](database, first.isoformat(), last.isoformat())
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(as_csv(rows), nl=False)
    elif rows:
        Console(markup=False).print(_table(rows, f"{subject}, {first} to {last}"))
    else:
        click.echo(f"nothing was played from {first} to {last}")


def as_csv(rows: Rows) -> str:
    """Comma-separated values with a header line, RFC 4180; nothing for no rows."""
    text = io.StringIO(newline="")
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _table(rows: Rows, title: str) -> Table:
    table = Table(title=title)
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_shown(value) for value in row.values()))
    return table


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
