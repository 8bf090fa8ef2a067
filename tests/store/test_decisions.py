"""Choices come back as they were taken."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.domain import Expression, Screen
from appliance.errors import StoreError
from tests.store.history import STAMP, History, a_decision


def test_a_choice_comes_back_whole(history: History) -> None:
    clip = history.add_clip(title="봄")
    visit = history.visits.start(1, STAMP)
    decision = a_decision(clip, Expression.SAD, candidates_omitted=12)
    number = history.decisions.record(decision, play_id="p", visit_id=visit, stamp=STAMP)
    past = history.decisions.get(number)
    assert past is not None
    assert past == history.decisions.of_play("p")
    assert past.context == decision.context
    assert past.candidates == decision.candidates
    assert (past.candidates_omitted, past.probability) == (12, 0.625)
    assert (past.clip_id, past.clip_title) == (clip.id, "봄")
    assert (past.visit_id, past.decided_at) == (visit, STAMP.local)


def test_numbers_of_numpy_are_written_as_numbers(history: History) -> None:
    decision = a_decision(history.add_clip(), probability=np.float64(0.25))
    number = history.decisions.record(decision, play_id="p", visit_id=None, stamp=STAMP)
    past = history.decisions.get(number)
    assert past is not None
    assert past.probability == 0.25


def test_an_abstained_choice_has_no_expression(history: History) -> None:
    play_id = history.plan(history.add_clip(), None)
    past = history.decisions.of_play(play_id)
    assert past is not None
    assert past.context.expression is None


def test_a_play_belongs_to_one_choice(history: History) -> None:
    decision = a_decision(history.add_clip())
    history.decisions.record(decision, play_id="p", visit_id=None, stamp=STAMP)
    with pytest.raises(StoreError, match="UNIQUE"):
        history.decisions.record(decision, play_id="p", visit_id=None, stamp=STAMP)


def test_only_the_two_choosing_screens_are_written(history: History) -> None:
    with pytest.raises(StoreError, match="CHECK"):
        history.plan(history.add_clip(), screen=Screen.QR)


def test_plays_are_found_by_their_beginning(history: History) -> None:
    decision = a_decision(history.add_clip())
    for play_id in ("ab1", "ab2", "b%", "ba"):
        history.decisions.record(decision, play_id=play_id, visit_id=None, stamp=STAMP)
    assert history.decisions.play_ids("ab", 9) == ("ab1", "ab2")
    assert history.decisions.play_ids("ab", 1) == ("ab1",)
    assert history.decisions.play_ids("b%", 9) == ("b%",)
    assert history.decisions.play_ids("%", 9) == ()


def test_unknown_choices_are_none(history: History) -> None:
    assert history.decisions.get(1) is None
    assert history.decisions.of_play("x") is None
