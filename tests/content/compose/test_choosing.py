"""The mood of a set of pictures, and which of them a clip shows."""

from __future__ import annotations

import pytest

from appliance.content.compose.selection import select, without_twins
from appliance.content.compose.set_mood import mood_of_set, pooled, steps_between
from appliance.content.compose.span import Span
from appliance.domain import Mood
from tests.content.compose.views import a_mood, a_view


def test_neighbours_together_outweigh_a_stray_mood() -> None:
    moods = [a_mood(happy=0.3, dynamic=0.3, depressed=0.4)]
    assert mood_of_set(moods).mood in (Mood.HAPPY, Mood.DYNAMIC)
    assert sum(pooled(moods)) == pytest.approx(1)


def test_a_wish_goes_before_what_was_seen_and_leaves_valence_alone() -> None:
    told = mood_of_set([a_mood(peaceful=1.0)], Mood.ANGRY)
    assert (told.mood, told.valence, told.arousal) == (Mood.ANGRY, 0.2, -0.1)


def test_the_circle_closes() -> None:
    assert steps_between(Mood.HAPPY, Mood.PEACEFUL) == 1
    assert steps_between(Mood.HAPPY, Mood.WITHERED) == 4
    assert steps_between(Mood.TIRED, Mood.DYNAMIC) == 3


def test_of_twins_the_sharper_one_stays_in_its_place() -> None:
    blurred, other = a_view("1"), a_view("2", look=2**40 - 1)
    sharp = a_view("3", look=0b11, sharpness=9.0)
    assert without_twins([blurred, other, sharp]) == [sharp, other]


def test_flat_pictures_of_other_colours_and_shots_are_no_twins() -> None:
    white, blue = a_view("1", tones=(255,) * 12), a_view("2", tones=(200, 80, 0) * 4)
    shots = [a_view("v", shot=Span(0, 3)), a_view("v", shot=Span(9, 12))]
    assert without_twins([white, blue, *shots]) == [white, blue, *shots]


def test_the_mood_s_own_are_shown_in_the_order_they_were_given_in() -> None:
    grim = a_view("1", mood=a_mood(depressed=1.0))
    near, own = a_view("2", mood=a_mood(happy=1.0)), a_view("3")
    assert select([grim, near, own], Mood.PEACEFUL, 2) == [near, own]
