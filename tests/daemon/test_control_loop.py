"""The control loop on a real database, driven step by step with a clock that goes when told."""

from __future__ import annotations

import dataclasses
from concurrent.futures import Future

import numpy as np
import pytest

from appliance.config import Settings
from appliance.daemon.control_loop import ControlLoop
from appliance.daemon.director import Director
from appliance.daemon.inbox import Inbox
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.domain import (
    AudienceMoment,
    ClipKind,
    DayTime,
    EmotionScores,
    Expression,
    Leader,
    PlaybackEvent,
    Question,
    RatingSource,
    Screen,
    Season,
    Sensing,
    Surroundings,
)
from appliance.errors import PlaybackError
from appliance.messages import (
    Answer,
    MomentObserved,
    PlaybackReported,
    RatingGiven,
    ScreenSkipped,
    SeenBeforeGiven,
    SensingChanged,
    SensingPauseRequested,
    SurroundingsChanged,
)
from appliance.playback.session import Session
from appliance.playback.session_rules import SessionRules
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.store.stamp import Stamp
from appliance.web.screen_feed import ScreenFeed
from tests.factories import a_clip, a_leader
from tests.fakes import FakeClock
from tests.store.history import CHAIN_KEY

SPRING_DAY = Surroundings(Season.SPRING, DayTime.DAY)
HAPPY = EmotionScores((0.1, 0.8, 0.02, 0.02, 0.02, 0.02, 0.02), 0.6, 0.4, Expression.HAPPY, 0.8)


class Rig:
    """One unit without threads, camera or page."""

    def __init__(self, folder, clips=4, settings=None, rules=None) -> None:
        self.database = open_database(folder / "appliance.db")
        self.clips_dir = folder / "clips"
        self.clips_dir.mkdir()
        self.clock = FakeClock()
        self.store = ClipStore(self.database)
        for number in range(clips):
            self.add_clip(number)
        self.inbox, self.feed, self.switch = Inbox(), ScreenFeed(), SensingSwitch()
        self._rules = rules or SessionRules()
        self.loop = self.another_loop()
        self.director = Director(self.database, self.clips_dir, settings or Settings(), CHAIN_KEY)
        self.loop.begin(self.director)

    def another_loop(self) -> ControlLoop:
        """As after a restart of the unit."""
        return ControlLoop(
            self.inbox,
            self.feed,
            Session(self._rules),
            lambda: self.database,
            self.switch,
            self.clock,
            SPRING_DAY,
            lambda play: f"http://unit/c/{play.id}",
            "run",
        )

    def add_clip(self, number: int) -> None:
        kind = ClipKind.HEALING if number % 2 else ClipKind.AD
        clip = a_clip(kind=kind, file=f"{number}.mp4", sha256=str(number), title=f"Clip {number}")
        (self.clips_dir / clip.file).touch()
        self.store.add(clip, Stamp(self.clock.local))

    @property
    def state(self):
        return self.feed.latest()

    def send(self, message) -> Answer | None:
        assert self.inbox.post(message)
        self.loop.step(0)
        reply = getattr(message, "reply", None)
        return reply.result(timeout=0) if reply else None

    def see(self, leader: Leader | None, watchers: int = 1) -> None:
        self.send(MomentObserved(AudienceMoment(self.clock.now_s, watchers, leader)))

    def report(self, event, play_id=None, position_s=0.0) -> Answer | None:
        play_id = play_id or self.state.play.id
        return self.send(PlaybackReported(play_id, event, position_s, "", Future()))

    def rate(self, value, source=RatingSource.PANEL, play_id=None, stars=None) -> Answer | None:
        play_id = play_id or self.state.play.id
        return self.send(RatingGiven(play_id, value, source, Future(), stars))

    def say_seen_before(self, seen_before, play_id=None) -> Answer | None:
        play_id = play_id or self.state.play.id
        return self.send(SeenBeforeGiven(play_id, seen_before, RatingSource.PANEL, Future()))

    def wait(self, duration_s: float) -> None:
        self.clock.advance(duration_s)
        self.loop.step(0)

    def rows(self, sql):
        return self.database.rows(sql)

    def to_rating(self) -> None:
        self.report(PlaybackEvent.PLAYING)
        self.see(a_leader(scores=HAPPY))
        self.report(PlaybackEvent.PLAYING)
        self.wait(10)
        self.report(PlaybackEvent.ENDED, position_s=10.0)
        assert self.state.screen is Screen.RATING


@pytest.fixture
def rig(tmp_path):
    rig = Rig(tmp_path)
    yield rig
    rig.database.close()


def test_a_whole_visit_is_on_disk(rig):
    rig.to_rating()
    shown = rig.state.play
    assert rig.rate(1) is Answer.DONE
    rig.wait(2)
    assert rig.state.screen is Screen.QR
    assert rig.state.qr_url == f"http://unit/c/{shown.id}"
    rig.see(None, 0)
    rig.wait(20)
    assert rig.state.screen is Screen.HEALING
    (user,) = rig.rows("SELECT * FROM users")
    assert user["now_emotion"] == Expression.HAPPY
    assert user["rating"] == 1
    assert user["ad_id"] == shown.clip.id
    assert user["today"] == "2026-04-10"
    (visit,) = rig.rows("SELECT * FROM visits")
    assert visit["id"] == user["user_id"]
    assert visit["ended_at"] is not None
    (play,) = rig.rows("SELECT * FROM plays WHERE screen = 'show'")
    assert (play["completed"], play["shown_s"]) == (1, 10.0)


def test_the_row_of_a_choice_is_there_before_anything_plays(rig):
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader())
    assert rig.state.screen is Screen.SHOW
    (user,) = rig.rows("SELECT * FROM users")
    assert user["rating"] is None
    assert rig.rows("SELECT * FROM plays WHERE screen = 'show'") == []


def test_five_steps_and_seen_before_are_on_disk(tmp_path):
    rig = Rig(tmp_path, rules=SessionRules(question=Question.FIVE, asks_seen_before=True))
    rig.to_rating()
    play_id = rig.state.play.id
    assert (rig.state.question, rig.state.rating) == (Question.FIVE, None)
    assert rig.say_seen_before(True) is Answer.UNKNOWN  # there is no answer yet to add it to
    assert rig.rate(None, stars=3) is Answer.DONE
    assert (rig.state.question, rig.state.rating) == (Question.SEEN_BEFORE, 3)
    assert rig.say_seen_before(True) is Answer.DONE
    assert rig.say_seen_before(False) is Answer.ALREADY
    assert rig.state.seen_before is True
    (row,) = rig.rows("SELECT play_id, value, stars, seen_before FROM ratings")
    assert row == {"play_id": play_id, "value": None, "stars": 3, "seen_before": 1}
    rig.wait(2)
    assert rig.state.screen is Screen.QR
    rig.wait(20)
    assert rig.say_seen_before(True, play_id=play_id) is Answer.UNKNOWN  # the panel asks no more
    rig.database.close()


def test_a_repeated_report_or_answer_is_harmless(rig):
    rig.to_rating()
    assert rig.report(PlaybackEvent.ENDED) is Answer.ALREADY
    assert rig.rate(0) is Answer.DONE
    assert rig.rate(1) is Answer.ALREADY
    assert [row["value"] for row in rig.rows("SELECT value FROM ratings")] == [0]


def test_unknown_plays_are_told_so(rig):
    with pytest.raises(PlaybackError, match="not been on the screen"):
        rig.report(PlaybackEvent.PLAYING, play_id="nothing")
    assert rig.rate(1, RatingSource.PHONE, play_id="nothing") is Answer.UNKNOWN
    assert rig.rate(1) is Answer.UNKNOWN  # the loop asks nothing, so the panel cannot answer


def test_a_phone_may_answer_after_the_screen_has_gone_on(rig):
    rig.to_rating()
    shown = rig.state.play
    rig.wait(10)
    rig.wait(20)
    assert rig.state.screen is Screen.HEALING
    assert rig.rate(1, play_id=shown.id) is Answer.UNKNOWN
    assert rig.rate(1, RatingSource.PHONE, shown.id) is Answer.DONE


def test_a_touch_beside_the_code_brings_the_loop_back(rig):
    rig.to_rating()
    rig.wait(10)
    assert rig.send(ScreenSkipped(rig.state.play.id, Future())) is Answer.DONE
    assert rig.state.screen is Screen.HEALING


def test_samples_come_once_a_second_while_somebody_watches(rig):
    rig.report(PlaybackEvent.PLAYING)
    play = rig.state.play
    for _ in range(40):
        rig.see(a_leader(scores=HAPPY, dwell_s=0.5, attention_s=0.5), watchers=2)
        rig.clock.advance(0.125)
    samples = rig.rows(f"SELECT * FROM emotion_samples WHERE play_id = '{play.id}' ORDER BY t_s")
    assert [sample["t_s"] for sample in samples] == [1.0, 2.0, 3.0, 4.0]
    gaps = np.diff([sample["t_s"] for sample in samples])
    assert np.all(np.abs(gaps - 1) <= 0.1)
    assert samples[0]["happiness"] == pytest.approx(0.8)
    assert samples[0]["watchers"] == 2


def test_nobody_and_the_absent_give_no_samples(rig):
    rig.report(PlaybackEvent.PLAYING)
    for leader in (None, a_leader(is_present=False, unseen_s=1, scores=HAPPY, attention_s=0.5)):
        rig.see(leader)
        rig.clock.advance(1)
    rig.see(a_leader(scores=HAPPY, attention_s=0.5, dwell_s=0.5))
    rig.database.write("DELETE FROM emotion_samples")
    rig.wait(5)  # the camera hangs: the last moment is old
    assert rig.rows("SELECT * FROM emotion_samples") == []


def test_pausing_ends_the_visit_and_blinds_the_unit_until_it_is_over(rig):
    rig.send(SensingChanged(Sensing.ON, None))
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader())
    assert rig.send(SensingPauseRequested(300, Future())) is Answer.DONE
    assert rig.switch.is_paused
    assert rig.state.sensing is Sensing.PAUSED
    assert rig.loop.moment is None
    assert rig.rows("SELECT * FROM visits WHERE ended_at IS NULL") == []
    rig.see(a_leader(5))
    assert len(rig.rows("SELECT * FROM visits")) == 1
    rig.wait(299)
    assert rig.switch.is_paused
    rig.wait(1)
    assert not rig.switch.is_paused
    assert rig.state.sensing_paused_until_s is None


def test_troubles_reach_the_screen(rig):
    assert rig.state.troubles == ("no-camera",)
    rig.send(SensingChanged(Sensing.ON, None))
    assert rig.state.troubles == ()
    assert rig.state.sensing is Sensing.ON


def test_an_empty_library_says_so_and_heals(tmp_path):
    rig = Rig(tmp_path, clips=0)
    assert "no-clips" in rig.state.troubles
    assert rig.state.play is None
    with open_database(tmp_path / "appliance.db") as other:
        (rig.clips_dir / "new.mp4").touch()
        ClipStore(other).add(a_clip(kind=ClipKind.HEALING, file="new.mp4"), Stamp(rig.clock.local))
    rig.wait(6)
    rig.wait(6)
    assert "no-clips" not in rig.state.troubles
    assert rig.state.play is not None
    rig.database.close()


def test_a_clip_whose_file_vanishes_is_not_chosen(rig, caplog):
    for file in rig.clips_dir.glob("*.mp4"):
        if file.name != "1.mp4":
            file.unlink()
    rig.wait(3)
    assert rig.loop.clip_count == 1
    assert "its file" in caplog.text
    for _ in range(5):
        rig.report(PlaybackEvent.PLAYING)
        rig.report(PlaybackEvent.ENDED)
    assert rig.state.play.clip.file == "1.mp4"


def test_a_card_that_fell_out_does_not_flood_the_log(tmp_path, caplog):
    rig = Rig(tmp_path, clips=25)
    (rig.clips_dir).rename(tmp_path / "elsewhere")
    rig.wait(3)
    told = [line for line in caplog.messages if "gone" in line]
    assert len(told) == 11
    assert told[-1] == "The files of 15 more clips are gone"
    assert rig.director.clip_count == 0
    assert "no-clips" in rig.state.troubles
    (tmp_path / "elsewhere").rename(rig.clips_dir)
    rig.wait(3)
    assert rig.director.clip_count == 25
    rig.database.close()


def test_a_library_of_which_nothing_is_approved_is_as_good_as_empty(tmp_path):
    rig = Rig(tmp_path)
    for clip in rig.store.all():
        rig.store.set_approved(clip.id, False)
    rig.wait(3)
    assert rig.director.clip_count == 0
    assert "no-clips" in rig.state.troubles
    rig.store.set_approved(1, True)
    rig.wait(3)
    assert rig.director.clip_count == 1
    assert "no-clips" not in rig.state.troubles
    rig.database.close()


def test_new_surroundings_are_on_the_next_choice(rig):
    rig.send(SurroundingsChanged(dataclasses.replace(SPRING_DAY, day_time=DayTime.NIGHT)))
    assert rig.state.surroundings.day_time is DayTime.NIGHT
    rig.report(PlaybackEvent.PLAYING)
    rows = rig.rows("SELECT day_time FROM decisions ORDER BY id")
    assert [row["day_time"] for row in rows] == ["day", "night"]


def test_the_screen_is_published_only_when_it_changes(rig):
    revision = rig.state.revision
    rig.wait(0.1)
    rig.wait(0.1)
    assert rig.state.revision == revision
    rig.report(PlaybackEvent.PLAYING)
    assert rig.state.revision == revision + 1


def test_a_visit_left_open_by_a_crash_is_closed_at_the_next_start(rig, tmp_path):
    rig.see(a_leader())
    assert rig.rows("SELECT * FROM visits WHERE ended_at IS NULL")
    Director(rig.database, rig.clips_dir, Settings(), CHAIN_KEY)
    assert not rig.rows("SELECT * FROM visits WHERE ended_at IS NULL")


def test_no_pixels_and_no_arrays_can_leave_the_perception_loop():
    """A picture would have to be a field of the moment or of something inside it."""
    for value in (AudienceMoment, Leader, EmotionScores):
        for field in dataclasses.fields(value):
            assert "ndarray" not in str(field.type).lower()
            assert "image" not in str(field.type).lower()
            assert "bytes" not in str(field.type).lower()
