"""The sad are shown pleasant and calm healing clips rather, with chances as exact as ever."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from appliance.config.settings import LearningSettings
from appliance.decision.comfort import comfort_of
from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, PriorSettings
from appliance.domain import Clip, ClipKind, Expression, Mood
from tests.decision.test_policy import chosen
from tests.factories import a_clip

CALM: dict[str, Any] = {"valence": 0.4, "arousal": -0.3}
GRIM: dict[str, Any] = {"valence": -0.4, "arousal": -0.3}
BASE = PriorSettings().untargeted
EXCITED: dict[str, Any] = {"valence": 0.4, "arousal": 0.5}


@pytest.mark.parametrize(
    ("known", "comfort"),
    [
        (CALM, 1),
        (GRIM, -1),
        (EXCITED, 0),
        ({"valence": 0.01, "arousal": -0.5}, 0),
        ({"mood": Mood.PEACEFUL}, 1),
        ({"mood": Mood.DYNAMIC}, 0),
        ({"mood": Mood.DEPRESSED}, -1),
        # What was measured goes before the word.
        ({"mood": Mood.DEPRESSED, **CALM}, 1),
        ({}, 0),
        ({"kind": ClipKind.AD, **CALM}, 0),
    ],
)
def test_pleasant_and_calm_healing_clips_comfort(known: dict[str, Any], comfort: int) -> None:
    assert comfort_of(a_clip(1, **({"kind": ClipKind.HEALING} | known))) == comfort


def library_of(*sorts: dict[str, Any]) -> list[Clip]:
    return [a_clip(n, kind=ClipKind.HEALING, **known) for n, known in enumerate(sorts, 1)]


def test_only_the_sad_are_thought_to_like_them_better() -> None:
    clips = library_of(CALM, EXCITED, GRIM)
    beliefs = Beliefs(Library(clips), {}, PriorSettings(comfort=0.2))
    for expression in (Expression.HAPPY, Expression.NEUTRAL, None):
        assert [beliefs.posterior(clip, expression).mean for clip in clips] == pytest.approx(
            [BASE] * 3
        )
    sad = [beliefs.posterior(clip, Expression.SAD).mean for clip in clips]
    assert sad == pytest.approx([BASE + 0.2, BASE, BASE - 0.2], abs=0.02)


def test_the_stated_chance_of_a_comforting_clip_is_how_often_it_is_chosen() -> None:
    clips = library_of(CALM, EXCITED, GRIM)
    times, stated = Counter[int](), {}
    for seed in range(600):
        decision = chosen(*clips, expression=Expression.SAD, seed=seed)
        times[decision.clip.id] += 1
        stated[decision.clip.id] = decision.probability
    for clip_id, chance in stated.items():
        assert times[clip_id] / 600 == pytest.approx(chance, abs=0.06)
    assert times[1] > times[2] >= times[3]


def test_the_setting_switches_it_off() -> None:
    clips = library_of(CALM, EXCITED, GRIM)
    beliefs = Beliefs(Library(clips), {}, PriorSettings(comfort=0))
    means = {beliefs.posterior(clip, Expression.SAD).mean for clip in clips}
    assert means == {BASE}


def test_setting_and_prior_have_one_default() -> None:
    assert PriorSettings().comfort == LearningSettings().prior_comfort


def test_clips_that_were_looked_through_teach_those_of_their_mood() -> None:
    named = a_clip(1, mood=Mood.PEACEFUL)
    seen, plain = a_clip(2, valence=0.5, arousal=-0.1), a_clip(3, valence=0.02, arousal=-0.01)
    renamed = a_clip(4, mood=Mood.ANGRY, valence=0.5, arousal=-0.1)
    moods = [*Library([named, seen, plain, renamed, a_clip(5)]).moods]
    peaceful, angry = [*Mood].index(Mood.PEACEFUL), [*Mood].index(Mood.ANGRY)
    assert moods == [peaceful, peaceful, -1, angry, -1]
