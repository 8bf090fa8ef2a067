"""``appliance report``: tables for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable

import click
import pytest

from appliance.cli.report import report
from appliance.store.database import Database
from appliance.store.stamp import Stamp
from tests.cli.conftest import Type
from tests.store.history import HAPPY, History

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


def test_clips_with_their_intervals(typed: Type, past: History) -> None:
    status, printed = typed("clips", *RANGE, "--format", "json")
    assert status == 0
    sea, hills = json.loads(printed)
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
    (row,) = json.loads(typed("emotions", *RANGE, "--format", "json")[1])
    assert (row["date"], row["hour"], row["happiness"], row["neutral"]) == ("2026-03-10", 12, 1, 0)


@pytest.mark.parametrize("subject", ["plays", "clips", "emotions"])
def test_tables(typed: Type, past: History, subject: str) -> None:
    status, printed = typed(subject, *RANGE)
    assert status == 0
    assert f"{subject}, 2026-03-10 to 2026-03-10" in printed


def test_by_default_the_week_until_today(typed: Type, history: History) -> None:
    clip = history.add_clip()
    now = dt.datetime.now().astimezone()
    for days in (0, 6, 7):
        history.play(clip, stamp=Stamp(now - dt.timedelta(days=days)))
    assert json.loads(typed("clips", "--format", "json")[1])[0]["plays"] == 2


def test_nothing_played(typed: Type, database: Database) -> None:
    assert typed("plays", *RANGE) == (0, "nothing was played from 2026-03-10 to 2026-03-10\n")
    assert typed("plays", *RANGE, "--format", "json") == (0, "[]\n")
    assert typed("plays", *RANGE, "--format", "csv") == (0, "")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["visitors"], "there is no report 'visitors'; choose from plays, clips, emotions"),
        (["plays", "--format", "xml"], "there is no format 'xml'; choose from table, csv, json"),
        (["plays", "--from", "yesterday"], "--from is no date: 'yesterday'; write it as"),
        (["plays", "--to", "2026-02-29"], "--to is no date: '2026-02-29'"),
        (["plays", "--from", "2026-03-02", "--to", "2026-03-01"], "swap them"),
    ],
)
def test_careless_words_are_one_clear_line(
    typed: Type, database: Database, words: list[str], line: str
) -> None:
    status, printed = typed(*words)
    assert status == 1
    assert line in printed
