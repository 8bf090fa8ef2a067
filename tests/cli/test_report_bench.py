"""``appliance bench --reports``: a made-up past that the reports can really read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from appliance.cli.bench import bench
from appliance.cli.report_bench import make_past
from appliance.store.chain import head_of
from appliance.store.database import Database, open_database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore
from appliance.store.report_check import totals_gap
from tests.cli.conftest import Type


def test_every_report_is_measured(run_command: Callable[[click.Command], Type]) -> None:
    words = ("--reports", "--plays", 2000, "--samples", 4000)
    status, printed = run_command(bench)(*words, "--json")
    assert status == 0
    report = json.loads(printed)
    subjects = ("plays", "campaigns", "emotions", "clips")
    formats = ("table", "csv", "json")
    expected = {f"{subject} {form}" for subject in subjects for form in formats} | {"page"}
    assert set(report["report_ms"]) == set(report["report_cpu_ms"]) == expected
    assert (report["plays"], report["samples"]) == (2000, 4000)
    assert (report["clips"], report["campaigns"]) == (50, 5)
    status, printed = run_command(bench)(*words)
    assert status == 0
    assert "MB a day at 360 plays an hour" in printed


def test_the_past_is_like_a_real_one(tmp_path: Path) -> None:
    with open_database(tmp_path / "x.db") as database:
        make_past(database, 500, 1000, 50, 5)
        assert totals_gap(database) is None
        assert head_of(database) is not None
        last = PlayStore(database).last()
        assert last is not None
        choice = DecisionStore(database).of_play(last.id)
        assert choice is not None
        assert [candidate.title for candidate in choice.candidates] == ["clip"] * 5
        assert database.rows("PRAGMA journal_mode") == [{"journal_mode": "wal"}]
        kept = triggers(database)
    with open_database(tmp_path / "fresh.db") as fresh:
        assert kept == triggers(fresh)


def triggers(database: Database) -> set[str]:
    rows = database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return {row["name"] for row in rows}
