"""Answers: the first counts, and what it teaches is written with it."""

from __future__ import annotations

import pytest

from appliance.domain import (
    Expression,
    PlaybackEvent,
    Rating,
    RatingSource,
    Score,
    Screen,
    value_of_stars,
)
from appliance.errors import StoreError
from appliance.messages import Answer
from appliance.store.database import Database
from appliance.store.scores import ScoreStore
from tests.store.history import STAMP, History, a_stamp

PANEL, PHONE = RatingSource.PANEL, RatingSource.PHONE


def test_the_first_answer_counts(history: History, database: Database) -> None:
    clip = history.add_clip()
    play = history.begin(clip)
    assert history.ratings.give(play, 1, PANEL, STAMP) is Answer.DONE
    assert history.ratings.give(play, 0, PHONE, STAMP) is Answer.ALREADY
    past = history.decisions.of_play(play)
    assert past is not None
    assert history.ratings.get(play) == Rating(past.id, play, 1, PANEL)
    assert ScoreStore(database).all() == {(clip.id, Expression.HAPPY): Score(1, 0)}


def test_nothing_shown_means_nothing_to_answer(history: History) -> None:
    planned = history.plan(history.add_clip())
    assert history.ratings.give(planned, 1, PANEL, STAMP) is Answer.UNKNOWN
    history.plays.record(planned, PlaybackEvent.ERROR, 0, "no decoder", STAMP)
    assert history.ratings.give(planned, 1, PANEL, STAMP) is Answer.UNKNOWN
    assert history.ratings.give("made-up", 1, PANEL, STAMP) is Answer.UNKNOWN
    assert history.ratings.get(planned) is None


def test_scores_are_kept_by_expression(history: History, database: Database) -> None:
    clip = history.add_clip()
    for expression, value in (
        (Expression.SAD, 1),
        (Expression.SAD, 0),
        (Expression.SAD, 1),
        (Expression.NEUTRAL, 0),
        (None, 1),
    ):
        history.play(clip, value, expression=expression)
    assert ScoreStore(database).all() == {
        (clip.id, Expression.SAD): Score(2, 1),
        (clip.id, Expression.NEUTRAL): Score(0, 1),
        (clip.id, None): Score(1, 0),
    }


def test_an_answer_about_a_removed_clip_is_kept_and_teaches_nothing(
    history: History, database: Database
) -> None:
    clip = history.add_clip()
    play = history.begin(clip)
    history.clips.remove(clip.id)
    assert history.ratings.give(play, 1, PHONE, STAMP) is Answer.DONE
    assert ScoreStore(database).all() == {}


def test_an_answer_that_teaches_nothing_is_not_written_either(
    history: History, database: Database
) -> None:
    play = history.begin(history.add_clip())
    database.write(
        "CREATE TRIGGER broken BEFORE INSERT ON clip_scores"
        " BEGIN SELECT RAISE(ABORT, 'disk gone'); END"
    )
    with pytest.raises(StoreError, match="disk gone"):
        history.ratings.give(play, 1, PANEL, STAMP)
    assert history.ratings.get(play) is None


def test_only_0_and_1_are_answers(history: History) -> None:
    play = history.begin(history.add_clip())
    with pytest.raises(StoreError, match="CHECK"):
        history.ratings.give(play, 5, PANEL, STAMP)


@pytest.mark.parametrize(("stars", "value"), [(1, 0), (2, 0), (3, None), (4, 1), (5, 1)])
def test_five_steps_are_kept_beside_what_they_say(
    history: History, database: Database, stars: int, value: int | None
) -> None:
    clip = history.add_clip()
    visit = history.visits.start(1, STAMP)
    play = history.begin(clip, visit_id=visit)
    assert history.ratings.give(play, value_of_stars(stars), PANEL, STAMP, stars) is Answer.DONE
    past = history.decisions.of_play(play)
    assert past is not None
    assert history.ratings.get(play) == Rating(past.id, play, value, PANEL, stars)
    (user,) = database.rows("SELECT rating FROM users")
    assert user["rating"] == value
    # 3 says neither: it teaches nothing and counts in no share.
    said = [] if value is None else [Score(value, 1 - value)]
    assert list(ScoreStore(database).all().values()) == said
    (hour,) = database.rows("SELECT answers, likes FROM play_hours")
    assert (hour["answers"], hour["likes"]) == (len(said), value or 0)


@pytest.mark.parametrize(
    ("value", "stars"), [(None, None), (0, 4), (1, 2), (1, 3), (0, 3), (None, 5), (1, 6), (0, 0)]
)
def test_a_value_that_its_steps_do_not_say_is_refused(
    history: History, value: int | None, stars: int | None
) -> None:
    play = history.begin(history.add_clip())
    with pytest.raises(StoreError, match="CHECK"):
        history.ratings.give(play, value, PANEL, STAMP, stars)


def test_seen_before_is_added_once_to_an_answer(history: History) -> None:
    play = history.begin(history.add_clip())
    assert history.ratings.say_seen_before(play, True) is Answer.UNKNOWN
    history.ratings.give(play, 1, PANEL, STAMP)
    assert history.ratings.say_seen_before(play, False) is Answer.DONE
    assert history.ratings.say_seen_before(play, True) is Answer.ALREADY
    given = history.ratings.get(play)
    assert given is not None
    assert given.seen_before is False
    shown = history.plays.details(play)
    assert shown is not None
    assert (shown.rating, shown.stars, shown.seen_before) == (1, None, False)


def test_users_has_a_row_from_the_choice_on(history: History, database: Database) -> None:
    clip = history.add_clip()
    late = a_stamp(hours=12, minutes=30)
    visit = history.visits.start(1, late)
    play = history.begin(clip, late, visit_id=visit, expression=Expression.SAD)
    history.plan(clip, None, late, visit_id=visit)
    history.plan(clip, screen=Screen.HEALING)
    row = {"user_id": visit, "now_emotion": 2, "rating": None, "today": "2026-03-11", "ad_id": 1}
    blank = row | {"now_emotion": None}
    assert database.rows("SELECT * FROM users") == [row, blank]
    history.ratings.give(play, 1, PANEL, late)
    assert database.rows("SELECT * FROM users") == [row | {"rating": 1}, blank]
