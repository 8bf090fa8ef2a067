"""Each rule by its name, and what gives way when nothing would be left."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.decision.eligibility import Rule, Sifted, sift
from appliance.domain import Clip, ClipKind, DayTime, Screen, Season, Surroundings, Weather
from tests.factories import a_clip

RAINY_SPRING_DAY = Surroundings(Season.SPRING, DayTime.DAY, Weather.RAIN)
UNKNOWN_WEATHER = Surroundings(Season.SPRING, DayTime.DAY)
PLAIN = a_clip(1)


def sifted(*clips: Clip, screen: Screen = Screen.SHOW, **more: Any) -> Sifted:
    return sift(clips, screen, more.pop("surroundings", RAINY_SPRING_DAY), **more)


def ids(clips: tuple[Clip, ...]) -> list[int]:
    return [clip.id for clip in clips]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"enabled": False}, Rule.DISABLED),
        ({"approved": False}, Rule.UNAPPROVED),
        ({"kind": ClipKind.HEALING}, Rule.KIND_NOT_ALLOWED),
        ({"id": 77}, Rule.FILE_MISSING),
        ({"seasons": (Season.WINTER, Season.SUMMER)}, Rule.WRONG_SEASON),
        ({"weathers": (Weather.CLEAR,)}, Rule.WRONG_WEATHER),
        ({"day_times": (DayTime.NIGHT,)}, Rule.WRONG_TIME_OF_DAY),
        ({"id": 66}, Rule.JUST_PLAYED),
    ],
)
def test_each_rule_rejects_under_its_name(changes: dict[str, Any], rule: Rule) -> None:
    clip = a_clip(**({"clip_id": changes.pop("id", 2)} | changes))
    result = sifted(PLAIN, clip, allowed_kinds={ClipKind.AD}, missing={77}, recent=(66,))
    assert result.eligible == (PLAIN,)
    assert result.rejected == ((clip, rule),)


def test_a_clip_that_names_its_surroundings_fits_them() -> None:
    clip = a_clip(
        2,
        seasons=(Season.AUTUMN, Season.SPRING),
        weathers=(Weather.SNOW, Weather.RAIN),
        day_times=(DayTime.DAY,),
    )
    assert ids(sifted(clip, PLAIN).eligible) == [2, 1]


def test_unknown_weather_speaks_against_nothing() -> None:
    rain = a_clip(2, weathers=(Weather.RAIN,))
    assert sifted(rain, surroundings=UNKNOWN_WEATHER).eligible == (rain,)


def test_the_only_clip_may_play_twice_in_a_row() -> None:
    assert sifted(PLAIN, recent=(1,)).eligible == (PLAIN,)


def test_a_clip_rests_only_while_another_is_eligible() -> None:
    winter = a_clip(2, seasons=(Season.WINTER,))
    assert sifted(PLAIN, winter, recent=(1,)).eligible == (PLAIN,)


def test_the_loop_goes_on_when_nothing_fits_the_surroundings() -> None:
    winter, night = a_clip(2, seasons=(Season.WINTER,)), a_clip(3, day_times=(DayTime.NIGHT,))
    off = a_clip(4, enabled=False)
    result = sifted(winter, night, off, screen=Screen.HEALING, recent=(2,))
    assert result.eligible == (night,)
    assert result.rejected == ((off, Rule.DISABLED), (winter, Rule.JUST_PLAYED))
    assert result.ignores_surroundings


def test_the_loop_keeps_to_its_surroundings_while_something_fits() -> None:
    winter = a_clip(2, seasons=(Season.WINTER,))
    result = sifted(winter, PLAIN, screen=Screen.HEALING)
    assert result.eligible == (PLAIN,)
    assert not result.ignores_surroundings


def test_a_watcher_is_not_shown_another_season() -> None:
    result = sifted(a_clip(2, seasons=(Season.WINTER,)))
    assert (result.eligible, result.ignores_surroundings) == ((), False)


def test_hard_rules_hold_in_the_loop_too() -> None:
    result = sifted(a_clip(2, approved=False), screen=Screen.HEALING)
    assert (result.eligible, result.ignores_surroundings) == ((), False)
