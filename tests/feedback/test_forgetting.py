"""Forgetting is slow, exact however rarely it is looked at, and never runs backwards."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import Lesson, LessonSource, Remembered, Taught
from appliance.feedback.forgetting import Forgetting, aged, with_lesson, without_lesson
from appliance.feedback.learning import lesson_of_rating

DAY = dt.date(2026, 3, 10)
SLOW = Forgetting(half_life_answers=350, half_life_days=365)


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def test_after_a_half_life_of_days_half_is_left() -> None:
    kept = aged(Remembered(8, 4, day=DAY), later(365), SLOW)
    assert (kept.likes, kept.dislikes) == (pytest.approx(4), pytest.approx(2))
    assert (kept.day, kept.age) == (later(365), pytest.approx(1))


def test_as_many_newer_answers_as_the_half_life_leave_half_of_the_older() -> None:
    kept = Remembered(0, 100, day=DAY)
    for _ in range(350):
        kept = with_lesson(kept, lesson_of_rating(1), DAY, SLOW)
    assert kept.dislikes == pytest.approx(50)


def test_what_is_always_asked_about_is_remembered_for_so_many_answers() -> None:
    kept = Remembered()
    for _ in range(5000):
        kept = with_lesson(kept, lesson_of_rating(1), DAY, SLOW)
    assert kept.likes == pytest.approx(1 / (1 - 2 ** (-1 / 350)), rel=1e-3)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_looking_often_forgets_as_much_as_looking_once(gaps: list[int]) -> None:
    kept = once = Remembered(7, 3, day=DAY)
    day = DAY
    for gap in gaps:
        day += dt.timedelta(days=gap)
        kept = aged(kept, day, SLOW)
    once = aged(once, day, SLOW)
    assert kept.likes == pytest.approx(once.likes)
    assert kept.age == pytest.approx(once.age)


lessons = st.builds(
    Lesson,
    st.just(LessonSource.INTEREST),
    st.floats(0, 1),
    st.floats(0.01, 0.5),
)


@given(st.lists(st.tuples(lessons, st.integers(0, 90)), max_size=8), lessons)
def test_a_lesson_taken_back_leaves_what_there_would_be_without_it(
    after: list[tuple[Lesson, int]], guess: Lesson
) -> None:
    start = Remembered(5, 5, day=DAY)
    with_it = with_lesson(start, guess, DAY, SLOW)
    taught = Taught(guess, with_it.age)
    # The same without the guess' reward: what it made the others fade stays.
    without = with_lesson(start, Lesson(guess.source, 0, 0), DAY, SLOW)
    fade = 2 ** -(guess.weight / 350)
    without = Remembered(without.likes * fade, without.dislikes * fade, with_it.age, DAY)
    day = DAY
    for lesson, gap in after:
        day += dt.timedelta(days=gap)
        with_it, without = (with_lesson(each, lesson, day, SLOW) for each in (with_it, without))
    taken_back = without_lesson(with_it, taught)
    assert taken_back.likes == pytest.approx(without.likes, abs=1e-9)
    assert taken_back.dislikes == pytest.approx(without.dislikes, abs=1e-9)


def test_a_clock_that_is_not_set_or_was_set_back_makes_nothing_older() -> None:
    kept = Remembered(8, 4, day=DAY)
    assert aged(kept, None, SLOW) == kept
    assert aged(kept, later(-400), SLOW) == kept
    assert with_lesson(kept, lesson_of_rating(1), None, SLOW).day == DAY


def test_the_first_day_that_is_known_forgets_nothing() -> None:
    kept = aged(Remembered(8, 4), DAY, SLOW)
    assert (kept.likes, kept.day) == (8, DAY)


def test_it_can_be_switched_off() -> None:
    never = Forgetting(math.inf, math.inf)
    kept = with_lesson(Remembered(8, 4, day=DAY), lesson_of_rating(0), later(9999), never)
    assert (kept.likes, kept.dislikes, kept.age) == (8, 5, 0)
