"""What came of a play becomes what is remembered of its clip, on a real database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.config.settings import LearningSettings
from appliance.daemon.teacher import Teacher
from appliance.domain import Expression, LessonSource, RatingSource, Reaction, Score
from appliance.store.database import Database, open_database
from tests.store.history import HAPPY, STAMP, History, a_stamp


@dataclass
class Foreseen:
    """A model of interest that says what it was told to say."""

    weight: float = 0.4
    says: float | None = 0.75
    asked: list[Reaction] = field(default_factory=list)

    def predict(self, reaction: Reaction) -> float | None:
        self.asked.append(reaction)
        return self.says


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "x.db") as opened:
        yield opened


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


@pytest.fixture
def teacher(database: Database) -> Teacher:
    return Teacher(database, LearningSettings(half_life_answers=1e9))


def known(teacher: Teacher) -> dict[object, Score]:
    return {
        cell: Score(round(score.likes, 4), round(score.dislikes, 4))
        for cell, score in teacher.known(STAMP).items()
    }


def visit_of(history: History) -> int:
    return history.visits.start(1, STAMP)


def test_an_answer_counts_one(teacher: Teacher, history: History) -> None:
    clip = history.add_clip()
    play = history.begin(clip, expression=Expression.SAD)
    assert teacher.teach_rating(play, 1, STAMP) == (clip.id, Expression.SAD)
    assert known(teacher) == {(clip.id, Expression.SAD): Score(1, 0)}
    assert teacher.known_of(clip.id, STAMP).keys() == {(clip.id, Expression.SAD)}


def test_a_visit_without_an_answer_counts_its_predicted_interest(
    teacher: Teacher, history: History
) -> None:
    model = Foreseen()
    teacher.interest = lambda: model
    clip, visit = history.add_clip(), visit_of(history)
    play = history.play(clip, visit_id=visit)
    for second in range(3):
        history.samples.record(play, second, HAPPY, 1)
    assert teacher.teach_visit(visit, None, STAMP) == [clip.id]
    assert known(teacher) == {(clip.id, Expression.HAPPY): Score(0.3, 0.1)}
    (reaction,) = model.asked
    assert (reaction.play_id, reaction.sampled, reaction.ratios[1]) == (play, 3, 100)
    assert teacher.teach_visit(visit, None, STAMP) == []


def test_leaving_while_the_clip_is_on_is_a_weak_dislike(teacher: Teacher, history: History) -> None:
    clip, visit = history.add_clip(), visit_of(history)
    stayed, left = history.play(clip, visit_id=visit), history.begin(clip, visit_id=visit)
    assert teacher.teach_visit(visit, left, STAMP) == [clip.id]
    assert known(teacher) == {(clip.id, Expression.HAPPY): Score(0, 0.2)}
    assert _source(history, left) is LessonSource.LEFT_EARLY
    assert _source(history, stayed) is None


def test_an_answer_takes_the_place_of_the_guess(teacher: Teacher, history: History) -> None:
    teacher.interest = Foreseen
    clip, visit = history.add_clip(), visit_of(history)
    play = history.begin(clip, visit_id=visit)
    teacher.teach_visit(visit, play, STAMP)
    assert _source(history, play) is LessonSource.INTEREST_AND_LEFT_EARLY
    assert teacher.teach_rating(play, 1, a_stamp(minutes=20)) is not None
    assert known(teacher) == {(clip.id, Expression.HAPPY): Score(1, 0)}
    assert _source(history, play) is LessonSource.RATING
    # Nor does the end of the visit guess about what was answered.
    assert teacher.teach_visit(visit, play, STAMP) == []


@pytest.mark.parametrize("model", [None, Foreseen(weight=0), Foreseen(says=None)])
def test_where_nothing_is_predicted_nothing_is_learned(
    teacher: Teacher, history: History, model: Foreseen | None
) -> None:
    teacher.interest = lambda: model
    visit = visit_of(history)
    history.play(history.add_clip(), visit_id=visit)
    assert teacher.teach_visit(visit, None, STAMP) == []
    assert known(teacher) == {}


def test_a_clip_rated_and_removed_teaches_nothing_and_breaks_nothing(
    teacher: Teacher, history: History, database: Database
) -> None:
    teacher.interest = Foreseen
    clip, visit = history.add_clip(), visit_of(history)
    play = history.begin(clip, visit_id=visit)
    history.clips.remove(clip.id)
    assert teacher.teach_visit(visit, play, STAMP) == []
    assert teacher.teach_rating(play, 1, STAMP) is None
    assert known(teacher) == {}
    assert _source(history, play) is None
    database.write("DELETE FROM decisions")
    assert teacher.teach_rating(play, 1, STAMP) is None


def test_what_is_known_fades_with_the_days_also_unread(teacher: Teacher, history: History) -> None:
    teacher.use(LearningSettings(half_life_days=100))
    play = history.begin(history.add_clip())
    teacher.teach_rating(play, 1, STAMP)
    later = a_stamp(days=200)
    (score,) = teacher.known(later).values()
    assert score.likes == pytest.approx(0.25)
    (written,) = teacher.known(None).values()
    assert written.likes == 1
    unset = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert teacher.known(type(STAMP)(unset, False)) == teacher.known(None)


def test_an_answer_may_come_after_the_choices_were_purged_bare(
    teacher: Teacher, history: History, database: Database
) -> None:
    play = history.begin(history.add_clip())
    database.write("UPDATE decisions SET candidates = '[]'")
    assert history.ratings.give(play, 1, RatingSource.PHONE, STAMP)
    assert teacher.teach_rating(play, 1, STAMP) is not None


def _source(history: History, play: str) -> LessonSource | None:
    past = history.decisions.of_play(play)
    assert past is not None
    return past.taught.lesson.source if past.taught else None
