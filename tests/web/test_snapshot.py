"""The snapshot tells the page everything about the screen and nothing about anybody."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from appliance.domain import (
    EMOTIONS,
    Clip,
    ClipKind,
    Expression,
    Mood,
    PausedBy,
    Play,
    Screen,
    Sensing,
)
from appliance.web.snapshot import PanelFacts, accent_of, snapshot
from tests.factories import a_clip
from tests.web.scripted_unit import a_starter_play, a_state

FACTS = PanelFacts(
    language="ko",
    unit_name="역",
    place="서울역",
    address=None,
    stall_ms=15000,
    pause_s=300,
    ui_version="1",
)


def taken(now_s: float = 100.0, **changes: Any) -> dict[str, Any]:
    return snapshot(a_state(**changes), FACTS, now_s, {})


def test_durations_are_what_is_left_when_it_is_sent() -> None:
    shot = taken(100.0, screen=Screen.RATING, deadline_s=107.25, time_limit_s=10.0)
    assert (shot["remaining_ms"], shot["limit_ms"]) == (7250, 10000)


def test_a_deadline_that_has_passed_leaves_nothing_rather_than_less() -> None:
    assert taken(100.0, deadline_s=99.0, time_limit_s=10.0)["remaining_ms"] == 0


def test_a_pause_tells_when_sensing_resumes() -> None:
    shot = taken(
        100.0,
        sensing=Sensing.PAUSED,
        sensing_paused_until_s=160.0,
        sensing_paused_by=PausedBy.VISITOR,
    )
    assert shot["sensing"] == {
        "state": "paused",
        "resumes_in_ms": 60000,
        "pause_s": 300,
        "paused_by": "visitor",
    }


def test_a_clip_s_file_is_named_under_media_only() -> None:
    play = Play("p", 1, a_clip(1, file="../a b?.mp4", thumbnail="x/y.jpg"), None)
    shot = taken(play=play)
    assert shot["play"]["src"] == "/media/..%2Fa%20b%3F.mp4"
    assert shot["play"]["poster"] == "/media/x%2Fy.jpg"


def test_the_code_s_short_address_carries_no_token() -> None:
    link = "http://user:word@192.168.0.12:8081/c/AAAA.BBBB.CCCC"
    shot = taken(play=a_starter_play(7, "rain"), qr_url=link)
    assert shot["qr"] == {
        "src": "/qr/00000000-0000-4000-8000-000000000007.svg",
        "address": "192.168.0.12:8081",
    }


def test_troubles_carry_their_age() -> None:
    state = a_state(troubles=("no-camera",))
    shot = snapshot(state, FACTS, 0.0, {"no-camera": 61.5})
    assert shot["troubles"] == [{"code": "no-camera", "since_ms": 61500}]


@pytest.mark.parametrize("mood", [*Mood, None])
def test_every_mood_has_one_of_the_three_accents(mood: Mood | None) -> None:
    assert accent_of(mood) in {"warm", "calm", "cool"}


def test_the_accents_are_the_clip_s_own_mood() -> None:
    assert [accent_of(m) for m in (Mood.HAPPY, Mood.PEACEFUL, Mood.DEPRESSED)] == [
        "warm",
        "calm",
        "cool",
    ]


@pytest.mark.parametrize("field", ["target_emotions", "valence", "arousal"])
def test_nothing_sent_depends_on_whom_a_clip_is_meant_for(field: str) -> None:
    """A clip chosen for a sad watcher must look like any other, or it would tell on them."""
    plain = a_starter_play(1, "rain", kind=ClipKind.AD)
    other: dict[str, Any] = {
        "target_emotions": (Expression.SAD,),
        "valence": -0.9,
        "arousal": 0.9,
    }
    clip: Clip = dataclasses.replace(plain.clip, **{field: other[field]})
    meant = dataclasses.replace(plain, clip=clip)
    assert taken(play=meant, screen=Screen.SHOW) == taken(play=plain, screen=Screen.SHOW)


def test_no_field_s_name_or_value_speaks_of_an_expression_or_a_visit() -> None:
    play = dataclasses.replace(a_starter_play(1, "rain"), visit_id=4711)
    text = json.dumps(taken(play=play, screen=Screen.RATING, rating=1))
    assert not re.search("expression|emotion|confidence|visit|4711|watcher", text)
    words = set(re.findall("[a-z]+", text))
    assert not words & ({"happy", "sad"} | set(EMOTIONS))
