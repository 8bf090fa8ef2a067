"""Measures the reports on a made-up past of the size of a unit that has run for years."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import psutil
from rich.console import Console
from rich.table import Table

from appliance.cli.report_page import as_html
from appliance.cli.report_parts import SUBJECTS, report_parts
from appliance.cli.report_unit import unit_of
from appliance.config import Settings
from appliance.store.database import Database, open_database
from appliance.store.migrate import known_migrations, statements

PLAYS_PER_DAY = 13_700
"""Ten million plays in two years."""

MONTH_DAYS = 30
DECISION_DAYS = 90
"""As long as choices are kept by default; the past has no older ones but those of answers."""

LAST_DAY = dt.datetime(2026, 3, 31, tzinfo=dt.timezone(dt.timedelta(hours=9)))

_NO_CANDIDATE = '{"clip_id":7,"title":"clip","posterior":[2.4,1.6],"ratings":3,"rejected_by":null}'


def bench_reports(plays: int, samples: int, clips: int, campaigns: int) -> dict[str, Any]:
    """What ``measure_reports`` says of a made-up past.

    The database lies in a temporary folder and is deleted afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="appliance-bench-") as folder:
        path = Path(folder) / "bench.db"
        with open_database(path) as database:
            make_past(database, plays, samples, clips, campaigns)
        return {"clips": clips, "campaigns": campaigns} | measure_reports(path, plays)


def measure_reports(path: Path, plays: int) -> dict[str, Any]:
    """Milliseconds of each report of a month, bytes a row, and what a day adds."""
    with open_database(path, read_only=True) as database:
        times_ms = _time_reports(database)
        sizes = _bytes_by_table(database)
        rows = {
            table: database.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]  # noqa: S608
            for table in sizes
        }
    size = path.stat().st_size
    days = _days(plays)
    return {
        "plays": plays,
        "samples": rows.get("emotion_samples", 0),
        "days": days,
        "month_plays": min(plays, round(plays / days * MONTH_DAYS)),
        "report_ms": {name: round(ms, 1) for name, (ms, _) in times_ms.items()},
        # On a busy computer the processor's own time says more.
        "report_cpu_ms": {name: round(ms, 1) for name, (_, ms) in times_ms.items()},
        "file_mb": round(size / 1e6, 1),
        "bytes_per_row": {
            table: round(sizes[table] / rows[table], 1) for table in sizes if rows[table]
        },
        "mb_per_day": {
            f"at {rate} plays an hour": round(size / plays * rate * 24 / 1e6, 2)
            for rate in (60, 360)
        },
    }


def print_reports(report: dict[str, Any], *, as_json: bool) -> None:
    """For a person, or one JSON object."""
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(
        f"{report['plays']} plays of {report['clips']} clips and {report['campaigns']} campaigns"
        f" and {report['samples']} samples over {report['days']} days,"
        f" {report['file_mb']} MB; reports of the last {MONTH_DAYS} days"
        f" ({report['month_plays']} plays):"
    )
    table = Table("report", "ms", "of which processor")
    for name, value in report["report_ms"].items():
        table.add_row(name, f"{value:.0f}", f"{report['report_cpu_ms'][name]:.0f}")
    sizes = Table("table", "bytes a row, indexes included")
    for name, value in report["bytes_per_row"].items():
        sizes.add_row(name, f"{value:.0f}")
    console = Console(highlight=False)
    console.print(table)
    console.print(sizes)
    for rate, value in report["mb_per_day"].items():
        click.echo(f"grows {value} MB a day {rate}, before anything is purged")


def make_past(database: Database, plays: int, samples: int, clips: int, campaigns: int) -> None:
    """Fill a new database; the totals by hour are computed at the end, in one go."""
    days = _days(plays)
    last_s = int(LAST_DAY.timestamp()) + 86_400
    first_s = last_s - days * 86_400
    values = {
        "plays": plays,
        "clips": clips,
        "campaigns": campaigns,
        "first_s": first_s,
        "step_s": days * 86_400 / plays,
        "kept_s": last_s - DECISION_DAYS * 86_400,
        "candidate": _NO_CANDIDATE,
        "seconds": str(list(range(1, max(1, round(5 * samples / plays)) + 1))),
    }
    triggers = database.rows(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN"
        " ('play_events', 'ratings', 'emotion_samples', 'decisions')"
    )
    # Play ids are random, so the pages of their index are written anew all the time: in memory,
    # where it has the room, and without a log that would outgrow the file many times.
    database.rows("PRAGMA journal_mode = OFF")
    database.write(f"PRAGMA cache_size = -{psutil.virtual_memory().available // 3072}")
    with database.transaction(is_durable=False):
        for trigger in triggers:
            database.write(f"DROP TRIGGER {trigger['name']}")
        _add_clips(database, clips, campaigns)
        past = files("appliance.cli").joinpath("report_bench.sql").read_text("utf-8")
        for sql in (*statements(past), *_totals()):
            names = {name: value for name, value in values.items() if f":{name}" in sql}
            database.write(sql, names)
        for trigger in triggers:
            database.write(trigger["sql"])
    database.rows("PRAGMA journal_mode = WAL")


def _add_clips(database: Database, clips: int, campaigns: int) -> None:
    for number in range(1, campaigns + 1):
        database.insert(
            "campaigns",
            {
                "name": f"Campaign {number}",
                "advertiser": f"Shop {number}",
                "starts_on": "2020-01-01",
                "ends_on": "2030-12-31",
                "share_s_per_hour": 200.0 + 50 * (number % 5),
                "target_plays": 1_000_000,
            },
        )
    for number in range(1, clips + 1):
        database.insert(
            "clips",
            {
                "kind": "healing" if number % 2 else "ad",
                "title": f"Clip {number}",
                "file": f"{number}.mp4",
                "sha256": f"{number:064x}",
                "codec": "h264",
                "duration_s": 6.0,
                "added_at": "2020-01-01T00:00:00.000Z",
            },
        )


def _totals() -> list[str]:
    """The statements of the migrations that compute the totals from the events."""
    starts = ("INSERT INTO play_hours\n", "INSERT INTO emotion_hours\n")
    return [
        statement
        for migration in known_migrations()
        for statement in statements(migration.sql)
        if statement.lstrip().startswith(starts)
    ]


def _days(plays: int) -> int:
    return max(MONTH_DAYS + 1, round(plays / PLAYS_PER_DAY))


def _time_reports(database: Database) -> dict[str, tuple[float, float]]:
    """Milliseconds on the clock and of the processor, by report and format."""
    last = LAST_DAY.date()
    first = last - dt.timedelta(days=MONTH_DAYS - 1)
    unit = unit_of(Settings(), database)
    reports = {
        f"{subject} {form}": report_parts(database, subject, first, last, form, unit=unit)
        for subject in SUBJECTS
        for form in ("table", "csv", "json")
    }
    reports["page"] = as_html(Settings(), database, first, last, "en")
    times = {}
    for name, parts in reports.items():
        started, cpu_started = time.perf_counter(), time.process_time()
        for _ in parts:
            pass
        times[name] = (
            1e3 * (time.perf_counter() - started),
            1e3 * (time.process_time() - cpu_started),
        )
    return times


def _bytes_by_table(database: Database) -> dict[str, int]:
    """Pages of each table with its indexes."""
    rows = database.rows(
        "SELECT tbl_name AS name, sum(pgsize) AS bytes FROM dbstat AS page"
        " JOIN sqlite_master ON sqlite_master.name = page.name"
        " WHERE tbl_name IN ('play_events', 'emotion_samples', 'decisions', 'ratings', 'visits',"
        " 'play_hours', 'emotion_hours') GROUP BY tbl_name ORDER BY bytes DESC"
    )
    return {row["name"]: row["bytes"] for row in rows}
