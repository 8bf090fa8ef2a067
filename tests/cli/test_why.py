"""``appliance why``: a past play, found by its id, its beginning, or as the last one."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
import pytest

from appliance.cli.why import why
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.store.history import HAPPY, STAMP, History, a_decision


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(why)


def test_the_last_play(typed: Type, history: History) -> None:
    clip = history.add_clip(title="바다")
    history.play(clip)
    play = history.play(clip, rating=1)
    history.samples.record(play, 1, HAPPY, 1)
    history.plan(clip)
    status, printed = typed("last")
    assert status == 0
    assert printed.startswith(f"Play {play}\nChosen: '바다' (clip 1)")
    assert "Answer: liked it." in printed
    assert "happiness 100 % of 1 s" in printed


def test_by_the_beginning_of_its_id(typed: Type, history: History) -> None:
    play = history.play(history.add_clip())
    assert typed(play[:8].upper())[1].startswith(f"Play {play}\n")


def test_a_play_that_was_only_planned(typed: Type, history: History) -> None:
    assert "never reported that it began" in typed(history.plan(history.add_clip()))[1]


def test_json(typed: Type, history: History) -> None:
    play = history.play(history.add_clip(), rating=0)
    facts = json.loads(typed(play, "--json")[1])
    assert facts["decision"]["probability"] == 0.625
    assert facts["play"]["rating"] == 0
    assert facts["reaction"]["sampled"] == 0


def test_several_plays_begin_alike(typed: Type, history: History) -> None:
    decision = a_decision(history.add_clip())
    for play_id in ("ab1", "ab2", "ab"):
        history.decisions.record(decision, play_id=play_id, visit_id=None, stamp=STAMP)
    assert typed("a") == (1, "several plays begin with 'a'; write more of it, such as ab")
    assert typed("ab")[1].startswith("Play ab\n")


@pytest.mark.parametrize("word", ["made-up", "", "%", "x" * 5000])
def test_a_play_that_is_not_there(typed: Type, history: History, word: str) -> None:
    history.play(history.add_clip())
    status, line = typed(word)
    assert status == 1
    assert line.startswith("there is no play")
    assert len(line) < 200


def test_nothing_played_yet(typed: Type, database: Database) -> None:
    assert typed("last") == (1, "nothing has been played yet")
