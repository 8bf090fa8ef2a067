"""``appliance clip edit``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import click
import pytest

from appliance.cli.clip import clip
from appliance.cli.clip_options import CLEARABLE
from appliance.domain import ClipKind, DayTime, Expression, Mood, Season, Weather
from tests.cli.conftest import Type
from tests.store.history import History

FULL = {
    "kind": ClipKind.HEALING,
    "title": "Sea",
    "title_en": "Sea",
    "tags": ("lunch",),
    "seasons": (Season.SUMMER,),
    "weathers": (Weather.CLEAR,),
    "day_times": (DayTime.DAY,),
    "target_emotions": (Expression.SAD,),
    "mood": Mood.PEACEFUL,
    "advertiser": "Shop",
    "description": "Text",
    "description_en": "Text",
    "address": "Road",
    "phone": "02-000-0000",
    "map_link": "https://example.org/m",
    "link": "https://example.org",
    "approved": False,
    "is_starter": True,
    "original_sha256": "e" * 64,
}


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(clip)


def test_only_what_is_named_changes(typed: Type, history: History) -> None:
    before = history.add_clip(**FULL)
    words = ("--kind", "ad", "--title", "바다", "--season", "spring", "--season", "autumn")
    assert typed("edit", 1, *words, "--tag", "noon") == (0, "changed clip 1: 바다\n")
    assert history.clips.get(1) == dataclasses.replace(
        before,
        kind=ClipKind.AD,
        title="바다",
        seasons=(Season.SPRING, Season.AUTUMN),
        tags=("noon",),
    )


@pytest.mark.parametrize("name", sorted(CLEARABLE))
def test_a_field_is_emptied(typed: Type, history: History, name: str) -> None:
    before = history.add_clip(**FULL)
    assert getattr(before, CLEARABLE[name])
    assert typed("edit", 1, "--clear", name)[0] == 0
    after = history.clips.get(1)
    assert after is not None
    assert not getattr(after, CLEARABLE[name])
    assert dataclasses.replace(after, **{CLEARABLE[name]: FULL[CLEARABLE[name]]}) == before


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        ((), 1, "nothing to change"),
        (("--link", "javascript:x"), 1, "--link is no web address"),
        (("--link", "https://a.org", "--clear", "link"), 1, "--link is given and cleared at once"),
        (("--clear", "title"), 2, "'title' is not one of"),
        (("--title", ""), 1, "--title is empty"),
    ],
)
def test_careless_values_change_nothing(
    typed: Type, history: History, words: tuple[str, ...], status: int, line: str
) -> None:
    before = history.add_clip(**FULL)
    found, printed = typed("edit", 1, *words)
    assert (found, line in printed) == (status, True)
    assert history.clips.all() == (before,)


def test_a_clip_that_is_not_there(typed: Type, history: History) -> None:
    assert typed("edit", 7, "--title", "x") == (1, "there is no clip 7; see 'appliance clip list'")
