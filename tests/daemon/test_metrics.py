"""What Prometheus reads: every count once, from what is on disk, and nothing of one visitor."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.daemon.metrics import StatusCollector, exposition
from appliance.daemon.perception import StepTimes
from appliance.daemon.tally import Tally
from appliance.domain import PlaybackEvent, RatingSource, Screen
from appliance.messages import Answer, MomentObserved, PlaybackReported, RatingGiven
from tests.factories import a_moment
from tests.web.scripted_unit import a_state

STATUS = {
    "uptime_s": 12.5,
    "frames_per_s": 8.0,
    "faces": 1,
    "clips": 4,
    "queue": 0,
    "sensing": "on",
    "temperature_c": None,
    "disk_free_bytes": 5_000_000,
    "clock_synchronised": True,
}


class Rig:
    def __init__(self) -> None:
        self.is_full = False
        self.tally = Tally(lambda message: not self.is_full)
        self.registry = self.tally.registry
        self.registry.register(StatusCollector(lambda: STATUS, lambda: {"error": 2, "warning": 3}))

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def rig():
    return Rig()


def test_answers_count_once_they_are_on_disk(rig):
    for answer in (Answer.DONE, Answer.ALREADY, Answer.UNKNOWN):
        reply = Future()
        rig.tally.post(RatingGiven("play", 1, RatingSource.PHONE, reply))
        assert rig.value("maum_ratings_total", source="phone", value="1") in (0, 1)
        reply.set_result(answer)
    lost = Future()
    rig.tally.post(RatingGiven("play", 1, RatingSource.PHONE, lost))
    lost.cancel()
    assert rig.value("maum_ratings_total", source="phone", value="1") == 1


def test_an_answer_that_says_neither_is_counted_as_such(rig):
    reply = Future()
    rig.tally.post(RatingGiven("play", None, RatingSource.PANEL, reply, 3))
    reply.set_result(Answer.DONE)
    assert rig.value("maum_ratings_total", source="panel", value="neither") == 1


def test_plays_count_once_they_are_on_disk(rig):
    for event in (PlaybackEvent.PLAYING, PlaybackEvent.ENDED, PlaybackEvent.PLAYING):
        reply = Future()
        rig.tally.post(PlaybackReported("play", event, 0.0, "", reply))
        reply.set_result(Answer.DONE)
    assert rig.value("maum_playback_events_total", event="playing") == 2
    assert rig.value("maum_playback_events_total", event="ended") == 1


def test_a_failed_write_counts_nothing_and_does_no_harm(rig):
    reply = Future()
    rig.tally.post(PlaybackReported("play", PlaybackEvent.PLAYING, 0.0, "", reply))
    reply.set_exception(OSError("disk"))
    assert rig.value("maum_playback_events_total", event="playing") == 0


def test_a_full_inbox_says_no_and_is_counted(rig):
    rig.is_full = True
    assert not rig.tally.post(RatingGiven("play", 1, RatingSource.PANEL, Future()))
    rig.is_full = False
    assert rig.tally.post(MomentObserved(a_moment(None)))
    assert rig.value("maum_messages_refused_total") == 1
    assert rig.value("maum_moments_total") == 1


def test_a_screen_counts_when_it_comes_on_not_with_every_state(rig):
    for screen in (Screen.HEALING, Screen.HEALING, Screen.SHOW, Screen.HEALING):
        rig.tally.screen_shown(a_state(screen=screen))
    assert rig.value("maum_screens_total", screen="healing") == 2
    assert rig.value("maum_screens_total", screen="show") == 1


def test_times_of_networks_that_did_not_run_count_nothing(rig):
    rig.tally.looked(StepTimes(0.0, 0.0))
    rig.tally.looked(StepTimes(9.0, 0.0))
    rig.tally.looked(StepTimes(11.0, 5.0))
    seconds = "maum_inference_seconds"
    assert rig.value(f"{seconds}_count", network="face_detector") == 2
    assert rig.value(f"{seconds}_sum", network="face_detector") == pytest.approx(0.02)
    assert rig.value(f"{seconds}_count", network="emotion") == 1


def test_status_and_log_are_there_and_what_is_not_measured_is_left_out(rig):
    assert rig.value("maum_uptime_seconds") == 12.5
    assert rig.value("maum_sensing", state="on") == 1
    assert rig.value("maum_sensing", state="paused") == 0
    assert rig.value("maum_log_messages_total", level="error") == 2
    assert rig.value("maum_clock_synchronised") == 1
    assert rig.value("maum_temperature_celsius") is None


def test_the_text_is_what_prometheus_reads_and_no_label_is_about_a_person(rig):
    rig.tally.screen_shown(a_state(screen=Screen.SHOW))
    rig.tally.post(RatingGiven("play-id", 1, RatingSource.PANEL, Future()))
    rig.tally.looked(StepTimes(9.0, 5.0))
    text = exposition(rig.registry).decode()
    labels = {
        name
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for name in sample.labels
    }
    assert labels == {"screen", "source", "value", "network", "le", "state", "level"}
    assert "play-id" not in text
    for word in ("happy", "sad", "neutral", "visit"):
        assert word not in text


def test_units_do_not_share_their_counts():
    one, other = Rig(), Rig()
    one.tally.post(MomentObserved(a_moment(None)))
    assert other.value("maum_moments_total") == 0
