"""What plays taught is kept with their choices, and what is remembered with the clips."""

from __future__ import annotations

import datetime as dt

import pytest

from appliance.domain import Expression, Lesson, LessonSource, Remembered, Screen, Taught
from appliance.store.database import Database
from appliance.store.lessons import LessonStore
from tests.store.history import STAMP, History

GUESS = Taught(Lesson(LessonSource.INTEREST_AND_LEFT_EARLY, 0.3, 0.4, 0.7), 1.5)


@pytest.fixture
def lessons(database: Database) -> LessonStore:
    return LessonStore(database)


@pytest.mark.parametrize("expression", [Expression.SAD, None])
@pytest.mark.parametrize("day", [dt.date(2026, 3, 10), None])
def test_a_memory_comes_back_as_it_was_written(
    lessons: LessonStore,
    history: History,
    expression: Expression | None,
    day: dt.date | None,
) -> None:
    clip, other = history.add_clip(), history.add_clip()
    first, second = Remembered(1.5, 0.25, 2.0, day), Remembered(2, 1, 3, day)
    for memory in (first, second):
        assert lessons.remember((clip.id, expression), memory)
        assert lessons.all() == lessons.of_clip(clip.id) == {(clip.id, expression): memory}
    assert lessons.of_clip(other.id) == {}


def test_nothing_is_remembered_of_a_removed_clip(lessons: LessonStore, history: History) -> None:
    clip = history.add_clip()
    cell = (clip.id, Expression.HAPPY)
    assert lessons.remember(cell, Remembered(1, 0))
    history.clips.remove(clip.id)
    assert lessons.all() == {}
    assert not lessons.remember(cell, Remembered(1, 0))
    assert lessons.all() == {}


def test_what_a_play_taught_is_kept_with_its_choice(lessons: LessonStore, history: History) -> None:
    play = history.begin(history.add_clip())
    before = lessons.choice(play)
    assert before is not None
    assert (before.cell, before.taught) == ((1, Expression.HAPPY), None)
    lessons.note(play, GUESS)
    after = lessons.choice(play)
    assert after is not None
    assert after.taught == GUESS
    past = history.decisions.of_play(play)
    assert past is not None
    assert past.taught == GUESS
    assert lessons.choice("made-up") is None


def test_plays_of_a_visit_that_taught_nothing_yet(lessons: LessonStore, history: History) -> None:
    clip = history.add_clip()
    visit, other = (history.visits.start(1, STAMP) for _ in range(2))
    first = history.play(clip, visit_id=visit)
    taught = history.play(clip, visit_id=visit)
    lessons.note(taught, GUESS)
    history.play(clip, rating=1, visit_id=visit)
    history.plan(clip, visit_id=visit)
    history.play(clip, visit_id=visit, screen=Screen.HEALING)
    history.play(clip, visit_id=other)
    last = history.begin(clip, visit_id=visit)
    assert lessons.untaught_plays(visit) == (first, last)
