"""What visitors do is learned by the unit and told by the choices that follow."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from appliance.config import Settings
from appliance.domain import Expression, PlaybackEvent, RatingSource, Screen
from appliance.messages import Answer
from appliance.playback.effects import ChooseShow
from appliance.store.decisions import DecisionStore
from tests.daemon.test_control_loop import HAPPY, SPRING_DAY, Rig
from tests.daemon.test_teacher import Foreseen
from tests.factories import a_leader


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    yield rig
    rig.database.close()


def memories(rig):
    return [
        (row["clip_id"], row["expression"], round(row["likes"], 4), round(row["dislikes"], 4))
        for row in rig.rows("SELECT * FROM clip_memories ORDER BY clip_id, expression")
    ]


def believed(rig, clip_id):
    """Mean and own answers of a clip, as a choice for a happy watcher sees it."""
    request = ChooseShow(Expression.HAPPY, 0.9, 1, ())
    # The clip shown last rests; with the second choice at the latest it is eligible.
    for _ in range(2):
        rig.director.choose_show(request, None, SPRING_DAY, rig.clock.now())
        (row,) = rig.rows("SELECT candidates FROM decisions ORDER BY id DESC LIMIT 1")
        candidates = {each["clip_id"]: each for each in json.loads(row["candidates"])}
        if candidates[clip_id]["posterior"]:
            break
    alpha, beta = candidates[clip_id]["posterior"]
    return alpha / (alpha + beta), candidates[clip_id]["own_answers"]


def test_an_answer_is_learned_once_and_the_next_choice_knows_it(rig):
    rig.to_rating()
    clip = rig.state.play.clip.id
    rig.rate(1)
    rig.see(None, 0)
    assert memories(rig) == [(clip, Expression.HAPPY, 1, 0)]
    mean, own = believed(rig, clip)
    assert mean > 0.45
    assert own == 1


def test_a_watcher_who_leaves_during_the_clip_is_a_weak_dislike(rig):
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader(scores=HAPPY))
    rig.report(PlaybackEvent.PLAYING)
    play = rig.state.play
    rig.see(None, 0)
    assert rig.state.screen is Screen.SHOW
    assert memories(rig) == [(play.clip.id, Expression.HAPPY, 0, 0.2)]
    assert believed(rig, play.clip.id)[1] == 0.2
    past = DecisionStore(rig.database).of_play(play.id)
    assert past.taught.lesson.weight == 0.2


def test_an_answer_on_the_phone_takes_the_place_of_what_was_guessed(rig):
    rig.director.book.teacher.interest = lambda: Foreseen(weight=0.4, says=0.25)
    rig.to_rating()
    play = rig.state.play
    rig.see(None, 0)
    assert memories(rig) == [(play.clip.id, Expression.HAPPY, 0.1, 0.3)]
    rig.wait(100)
    assert rig.rate(1, RatingSource.PHONE, play.id) is Answer.DONE
    assert memories(rig) == [(play.clip.id, Expression.HAPPY, 1, 0)]


def test_what_the_page_could_not_play_teaches_nothing(rig):
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader(scores=HAPPY))
    rig.see(None, 0)
    assert memories(rig) == []


def test_an_answer_to_a_clip_that_was_removed_meanwhile_breaks_nothing(rig):
    rig.to_rating()
    rig.store.remove(rig.state.play.clip.id)
    assert rig.rate(1) is Answer.DONE
    rig.see(None, 0)
    assert memories(rig) == []
    rig.wait(30)
    assert rig.state.play is not None


def test_with_a_new_day_a_little_is_forgotten(rig):
    rig.director.use(Settings.model_validate({"learning": {"half_life_days": 10}}))
    rig.to_rating()
    clip = rig.state.play.clip.id
    rig.rate(0)
    rig.wait(3)
    assert believed(rig, clip)[1] == pytest.approx(1, abs=1e-3)
    rig.clock.local += dt.timedelta(days=10)
    rig.wait(3)
    assert believed(rig, clip)[1] == pytest.approx(0.5, abs=1e-3)
    assert memories(rig) == [(clip, Expression.HAPPY, 0, 1)]


def test_the_floor_of_the_settings_is_the_one_that_is_written_down(rig):
    rig.director.use(Settings.model_validate({"learning": {"floor": 0.4}}))
    believed(rig, 1)
    (row,) = rig.rows("SELECT floor, policy FROM decisions ORDER BY id DESC LIMIT 1")
    eligible = rig.director.clip_count
    assert row["floor"] == pytest.approx(0.4 / eligible, rel=0.5)
    assert row["policy"] == "shared-thompson"
