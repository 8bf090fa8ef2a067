"""``appliance why``: a past play, found by its id, its beginning, or as the last one."""

from __future__ import annotations

import json
from collections.abc import Callable

import click
import pytest

from appliance.cli.why import why
from appliance.domain import Candidate, Lesson, LessonSource, Posterior, Taught
from appliance.store.database import Database
from appliance.store.lessons import LessonStore
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


def test_what_was_believed_and_learned_in_plain_numbers(
    typed: Type, history: History, database: Database
) -> None:
    clip = history.add_clip()
    candidates = (
        Candidate(clip.id, clip.title, Posterior(6, 4), 6, None, 5.5),
        Candidate(99, "Winter", None, 0, "wrong-season"),
    )
    play = history.play(clip, candidates=candidates, floor=0.0025)
    LessonStore(database).note(play, Taught(Lesson(LessonSource.LEFT_EARLY, 0.0, 0.2), 0.1))
    facts = json.loads(typed(play, "--json")[1])["decision"]
    assert facts["floor"] == 0.0025
    assert facts["taught"]["lesson"] == {
        "source": "left-early",
        "reward": 0.0,
        "weight": 0.2,
        "interest": None,
    }
    first, second = facts["candidates"]
    belief = {name: round(value, 2) for name, value in first["belief"].items()}
    assert belief == {
        "mean": 0.6, "low": 0.3, "high": 0.86, "own_answers": 5.5, "own_share": 0.55
    }  # fmt: skip
    assert (second["belief"], second["rejected_by"]) == (None, "wrong-season")
    printed = typed(play)[1]
    assert "takes this clip there was 62.5%, of which every eligible clip had 0.25%." in printed
    assert "Learned: not liked, for the watcher left before its end" in printed
    assert "liked 60% (95%: 30% to 86%); 5.5 answers of its own make 55% of that" in printed
    assert "expression happy with confidence 80%" in printed
    assert "not eligible, it is for another season" in printed


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
