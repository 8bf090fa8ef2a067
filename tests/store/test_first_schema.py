"""A unit that began with the first schema keeps everything it had, whatever came later."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain import (
    Expression,
    Lesson,
    LessonSource,
    RatingSource,
    Remembered,
    Score,
    Season,
    Taught,
)
from appliance.messages import Answer
from appliance.store.campaigns import CampaignStore
from appliance.store.database import Database, open_database
from appliance.store.lessons import LessonStore
from appliance.store.migrate import known_migrations
from appliance.store.reports import ReportStore
from appliance.store.scores import ScoreStore
from tests.factories import a_campaign
from tests.store.history import STAMP, History

DUMP = Path(__file__).with_name("fixtures") / "schema_0001.sql"
RATED = "00000001-0000-4000-8000-000000000000"
TABLES = (
    "campaigns",
    "clip_memories",
    "clip_scores",
    "clips",
    "dayparts",
    "decisions",
    "emotion_samples",
    "meta",
    "play_events",
    "ratings",
    "visits",
)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(DUMP.read_text("utf-8"))
    connection.close()
    with open_database(path) as database:
        yield database


def test_it_is_brought_to_the_newest_schema(old: Database) -> None:
    versions = [row["version"] for row in old.rows("SELECT version FROM schema_migrations")]
    assert versions == [migration.version for migration in known_migrations()]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_rows(old: Database, table: str) -> None:
    assert old.rows(f"SELECT * FROM {table}")


def test_clips_choices_plays_and_answers_read_as_they_were_written(old: Database) -> None:
    history = History(old)
    ad, healing = history.clips.all()
    assert (ad.title, ad.phone, ad.target_emotions) == (
        "꽃집 '봄날'",
        "02-000-0000",
        (Expression.HAPPY,),
    )
    assert (healing.seasons, healing.is_starter) == ((Season.SUMMER,), True)
    play = history.plays.details(RATED)
    assert play is not None
    assert (play.rating, play.is_completed, play.visit_id) == (1, True, 1)
    decision = history.decisions.of_play(RATED)
    assert decision is not None
    assert decision.candidates[1].rejected_by == "wrong-season"
    assert [sample.is_abstained for sample in history.samples.of_play(RATED)] == [
        True,
        False,
        False,
    ]
    assert ScoreStore(old).all() == {(ad.id, Expression.HAPPY): Score(1, 0)}
    assert [total.title for total in ReportStore(old).clips("2026-03-10", "2026-03-10")] == [
        "꽃집 '봄날'",
        "바다",
        "Removed",
    ]


def test_old_answers_stay_as_they_were_and_new_ones_may_have_five_steps(old: Database) -> None:
    history = History(old)
    before = old.rows("SELECT id, value, stars, seen_before FROM ratings")
    assert [(row["id"], row["value"]) for row in before] == [(1, 1), (2, 0)]
    assert {(row["stars"], row["seen_before"]) for row in before} == {(None, None)}
    play = history.begin(history.clips.all()[0])
    history.ratings.give(play, None, RatingSource.PANEL, STAMP, 3)
    assert old.rows("SELECT max(id) AS id FROM ratings") == [{"id": 3}]
    assert history.ratings.say_seen_before(RATED, True) is Answer.DONE


def test_what_was_answered_is_what_is_remembered(old: Database) -> None:
    ad = History(old).clips.all()[0]
    lessons = LessonStore(old)
    first_day = dt.date(2026, 3, 10)
    assert lessons.all() == {(ad.id, Expression.HAPPY): Remembered(1, 0, 0, first_day)}
    rated = lessons.choice(RATED)
    assert rated is not None
    assert rated.cell == (ad.id, Expression.HAPPY)
    assert rated.taught == Taught(Lesson(LessonSource.RATING, 1, 1), 0)
    past = History(old).decisions.of_play(RATED)
    assert past is not None
    assert (past.taught, past.floor) == (rated.taught, 0)
    assert past.candidates[0].own_answers is None


def test_the_campaign_keeps_its_number_dates_and_limits(old: Database) -> None:
    store = CampaignStore(old)
    (campaign,) = store.all()
    assert (campaign.id, campaign.advertiser, campaign.name) == (1, "Example", "Example 1")
    assert (str(campaign.starts_on), str(campaign.ends_on)) == ("2026-03-01", "2026-03-31")
    assert (campaign.max_plays_per_hour, campaign.target_plays) == (6, 1000)
    assert campaign.dayparts
    assert store.add(a_campaign(0)).id == 2


def test_the_visit_that_a_crash_left_open_is_closed(old: Database) -> None:
    assert History(old).visits.close_abandoned() == 1


def test_it_can_be_written_to(old: Database) -> None:
    history = History(old)
    clip = history.add_clip(sha256="f" * 64, file="new.mp4")
    assert history.plays.details(history.play(clip, rating=1)) is not None
