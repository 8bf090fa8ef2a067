"""``appliance report``: tables for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from appliance.cli import report_parts
from appliance.cli.report import report
from appliance.cli.report_output import as_csv, write
from appliance.cli.report_proof import head_in_export
from appliance.cli.report_unit import ReportUnit
from appliance.errors import StoreError
from appliance.store.database import Database
from appliance.store.stamp import Stamp
from tests.cli.conftest import Type
from tests.store.history import HAPPY, History, a_stamp, scores_of

UNIT = ReportUnit("Maum Signage", "0123456789abcdef", "")
RANGE = ("--from", "2026-03-10", "--to", "2026-03-10")


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(report)


@pytest.fixture
def past(history: History) -> History:
    clip = history.add_clip(title='Sea, "calm"')
    for rating in (1, 1, 0, None):
        play = history.play(clip, rating)
    history.samples.record(play, 1, HAPPY, 1)
    history.begin(history.add_clip(title="Hills"))
    return history


@pytest.fixture
def campaign(database: Database) -> int:
    return database.insert(
        "campaigns",
        {
            "name": "Spring",
            "advertiser": "=cmd()",
            "starts_on": "2026-03-01",
            "ends_on": "2026-03-31",
            "share_s_per_hour": 60,
            "target_plays": 100,
        },
    )


def test_clips_with_their_intervals(typed: Type, past: History) -> None:
    status, printed = typed("clips", *RANGE, "--format", "json")
    assert status == 0
    sea, hills = json.loads(printed)["rows"]
    assert (sea["plays"], sea["completed"], sea["answers"], sea["likes"]) == (4, 4, 3, 2)
    assert (sea["liked_low"], sea["liked_high"]) == (0.208, 0.939)
    assert (hills["plays"], hills["completed_share"], hills["liked_low"]) == (1, 0.0, None)


def test_plays_as_csv(typed: Type, past: History) -> None:
    rows = list(csv.DictReader(io.StringIO(typed("plays", *RANGE, "--format", "csv")[1])))
    assert len(rows) == 5
    assert rows[0]["title"] == 'Sea, "calm"'
    assert rows[0]["started"] == "2026-03-10T12:00:00+09:00"
    assert [row["liked"] for row in rows] == ["True", "True", "False", "", ""]


def test_emotions_by_hour(typed: Type, past: History) -> None:
    (row,) = json.loads(typed("emotions", *RANGE, "--format", "json")[1])["rows"]
    assert (row["date"], row["hour"], row["happiness"], row["neutral"]) == ("2026-03-10", 12, 1, 0)


@pytest.mark.parametrize("subject", ["plays", "campaigns", "clips", "emotions"])
def test_tables(typed: Type, past: History, campaign: int, subject: str) -> None:
    status, printed = typed(subject, *RANGE)
    assert status == 0
    assert f"{subject}, 2026-03-10 to 2026-03-10" in printed


def test_a_play_is_one_line_of_a_piped_table(
    typed: Type, past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    whole_id = json.loads(typed("plays", *RANGE, "--format", "json")[1])["rows"][0]["play"]
    (line,) = (
        line for line in typed("plays", *RANGE)[1].splitlines() if f" {whole_id[:8]} " in line
    )
    assert "2026-03-10 12:00:00" in line
    assert 'Sea, "calm"' in line
    assert whole_id not in line


def test_a_table_fits_a_terminal(
    typed: Type, history: History, campaign: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    clip = history.add_clip(title="A title that is too long for one line of a terminal" * 2)
    play = history.play(clip, 1, Stamp(a_stamp().local, is_synced=False), campaign_id=campaign)
    history.samples.record(play, 1, HAPPY, 1)
    plays = typed("plays", *RANGE)[1]
    assert f"2026-03-10 12:00:00 ? {play[:8]} show" in plays
    assert "? the unit's clock was not set" in plays
    assert "100% (21–100)" in typed("clips", *RANGE)[1]
    assert "1 of 100" in typed("campaigns", *RANGE)[1]
    for subject in ("plays", "clips", "campaigns", "emotions"):
        for line in typed(subject, *RANGE)[1].splitlines():
            assert len(line) <= 80, subject
            assert "…" not in line, subject


def test_a_table_of_plays_is_not_endless(
    typed: Type, past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "lists all" not in typed("plays", *RANGE)[1]
    monkeypatch.setattr(report_parts, "TABLE_PLAYS", 2)
    printed = typed("plays", *RANGE)[1]
    assert (printed.count("Sea"), printed.count("Hills")) == (1, 1)
    assert "the last 2 of 5 plays; --format csv lists all" in printed
    assert "lists all" not in typed("clips", *RANGE)[1]
    monkeypatch.setattr(report_parts, "TABLE_ROWS", 1)
    assert "the first 1 lines; --format csv lists all" in typed("clips", *RANGE)[1]


def test_by_default_the_week_until_today(typed: Type, history: History) -> None:
    clip = history.add_clip()
    now = dt.datetime.now().astimezone()
    for days in (0, 6, 7):
        history.play(clip, stamp=Stamp(now - dt.timedelta(days=days)))
    assert json.loads(typed("clips", "--format", "json")[1])["rows"][0]["plays"] == 2


def test_nothing_played(typed: Type, database: Database) -> None:
    assert typed("plays", *RANGE) == (0, "nothing was played from 2026-03-10 to 2026-03-10\n")
    assert json.loads(typed("plays", *RANGE, "--format", "json")[1])["rows"] == []
    assert typed("plays", *RANGE, "--format", "csv") == (0, "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["visitors"],
            "there is no report 'visitors'; choose from plays, campaigns, emotions, clips",
        ),
        (
            ["plays", "--format", "xml"],
            "there is no format 'xml'; choose from table, csv, json, html",
        ),
        (["plays", "--from", "yesterday"], "--from is no date: 'yesterday'; write it as"),
        (["plays", "--to", "2026-02-29"], "--to is no date: '2026-02-29'"),
        (["plays", "--from", "2026-03-02", "--to", "2026-03-01"], "swap them"),
        (["plays", "--excel"], "--excel is for --format csv"),
        (["plays", "-o", "/nowhere/at/all.csv"], "cannot write /nowhere/at/all.csv"),
    ],
)
def test_careless_words_are_one_clear_line(
    typed: Type, database: Database, words: list[str], line: str
) -> None:
    status, printed = typed(*words)
    assert status == 1
    assert line in printed


def test_campaigns_promised_and_delivered(
    typed: Type, history: History, campaign: int, database: Database
) -> None:
    clip = history.add_clip()
    database.write("UPDATE clips SET campaign_id = :id", {"id": campaign})
    for hours in (0, 0, 1):
        history.play(clip, 1, a_stamp(hours=hours))
    history.play(history.add_clip(), stamp=a_stamp(hours=3))
    (row,) = json.loads(typed("campaigns", *RANGE, "--format", "json")[1])["rows"]
    assert (row["name"], row["plays"], row["completed"], row["target_plays"]) == (
        "Spring", 3, 3, 100,
    )  # fmt: skip
    # 30 s in the three hours in which the unit played anything.
    assert (row["promised_s_per_hour"], row["delivered_s_per_hour"]) == (60, 10.0)
    database.write("DELETE FROM campaigns")
    (gone,) = json.loads(typed("campaigns", *RANGE, "--format", "json")[1])["rows"]
    assert (gone["name"], gone["plays"]) == (None, 3)


def test_a_campaign_that_never_played_is_in_the_report(typed: Type, campaign: int) -> None:
    (row,) = json.loads(typed("campaigns", *RANGE, "--format", "json")[1])["rows"]
    assert (row["plays"], row["delivered_s_per_hour"]) == (0, None)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_is_no_formula(start: str) -> None:
    (_, line) = list(
        csv.reader(io.StringIO("".join(as_csv([{"a": f"{start}1", "b": -1}], UNIT, None))))
    )
    assert line[:2] == [f"'{start}1", "-1"]


def test_excel_is_told_that_it_is_utf8(typed: Type, past: History, tmp_path: Path) -> None:
    file = tmp_path / "plays.csv"
    assert typed("plays", *RANGE, "--format", "csv", "--excel", "-o", file)[0] == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbfstarted,")
    assert head_in_export(file).event_id == 9


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text("the old one")

    def parts() -> Iterator[str]:
        yield "the new"
        raise StoreError("the database is gone")

    with pytest.raises(StoreError):
        write(parts(), file)
    assert file.read_text() == "the old one"
    write(["the new one"], file)
    assert file.read_text() == "the new one"
    assert list(tmp_path.iterdir()) == [file]


def test_abstained_seconds_stand_apart(typed: Type, history: History) -> None:
    play = history.begin(history.add_clip())
    unsure = scores_of(0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, expression=None)
    history.samples.record(play, 1, unsure, 1)
    history.samples.record(play, 2, HAPPY, 1)
    (row,) = json.loads(typed("emotions", *RANGE, "--format", "json")[1])["rows"]
    assert (row["happiness"], row["neutral"], row["abstained"]) == (1, 0, 1)
