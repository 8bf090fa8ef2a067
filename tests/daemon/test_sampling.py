"""Reactions once a second: the real control loop and database, in time that goes when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.domain import AudienceMoment, Leader, PlaybackEvent, Screen
from appliance.messages import MomentObserved
from tests.daemon.test_control_loop import HAPPY, Rig
from tests.factories import a_leader

WATCHER = a_leader(scores=HAPPY)
INFERENCE_S = 0.06


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    rig.report(PlaybackEvent.PLAYING)
    rig.see(WATCHER)
    assert rig.state.screen is Screen.SHOW
    rig.report(PlaybackEvent.PLAYING)
    yield rig
    rig.database.close()


def live(
    rig: Rig, fps: float, duration_s: float, look: Callable[[float], Leader | None] | None = None
) -> None:
    """As the daemon's threads do: frames come with jitter, the loop waits as long as it says."""
    jitter = np.random.default_rng(0)
    began_s = seen_s = rig.clock.now_s
    while rig.clock.now_s < began_s + duration_s:
        wakes_s = rig.clock.now_s + rig.loop.wait_s()
        frame_s = seen_s + INFERENCE_S
        if frame_s <= wakes_s:
            leader = look(seen_s - began_s) if look else WATCHER
            rig.inbox.post(MomentObserved(AudienceMoment(seen_s, 2, leader)))
            seen_s += jitter.uniform(0.8, 1.2) / fps
        # No thread wakes in the very moment that it asked for.
        rig.clock.advance(min(frame_s, wakes_s) - rig.clock.now_s + jitter.uniform(0, 0.01))
        rig.loop.step(0)


def times(rig: Rig) -> list[float]:
    play = rig.state.play.id
    rows = rig.rows(f"SELECT t_s FROM emotion_samples WHERE play_id = '{play}' ORDER BY t_s")
    return [row["t_s"] for row in rows]


@pytest.mark.parametrize("fps", [2.5, 4, 8, 10, 15])
def test_one_sample_a_second_whatever_the_frame_rate(rig: Rig, fps: float) -> None:
    live(rig, fps, 30)
    gaps = np.diff(times(rig))
    assert len(gaps) >= 28
    assert np.all(np.abs(gaps - 1) <= 0.1)
    assert abs(gaps.mean() - 1) < 0.005


def test_it_stops_when_the_watcher_leaves_and_goes_on_when_they_return(rig: Rig) -> None:
    away = replace(WATCHER, is_present=False, unseen_s=1.0)
    live(rig, 8, 12, lambda t_s: away if 4 <= t_s < 6 else WATCHER if t_s < 9 else None)
    assert [round(t_s) for t_s in times(rig)] == [1, 2, 3, 4, 7, 8, 9]


def test_another_person_s_seconds_are_not_the_watcher_s(rig: Rig) -> None:
    live(rig, 8, 8, lambda t_s: WATCHER if t_s < 3.5 else replace(WATCHER, track_id=2))
    assert [round(t_s) for t_s in times(rig)] == [1, 2, 3]
    assert len(rig.rows("SELECT * FROM visits")) == 2


def test_the_loop_s_clips_have_the_reaction_of_whoever_stands_there(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.report(PlaybackEvent.PLAYING)
    passing = replace(WATCHER, dwell_s=0.5, attention_s=0.5)
    live(rig, 8, 6.5, lambda t_s: replace(passing, track_id=1 if t_s < 3.5 else 2))
    assert [round(t_s) for t_s in times(rig)] == [1, 2, 3, 4, 5, 6]
    rig.database.close()


def test_a_camera_that_hangs_gives_no_second_sample(rig: Rig) -> None:
    live(rig, 8, 3.5)
    before = len(times(rig))
    for _ in range(40):
        rig.wait(0.1)
    assert len(times(rig)) == before + 1  # of the last frame, which was still fresh


def test_what_was_seen_before_the_clip_says_nothing_about_it(rig: Rig) -> None:
    for _ in range(15):
        rig.wait(0.1)
    assert times(rig) == []


def test_seconds_that_were_missed_are_not_made_up_and_shift_nothing(rig: Rig) -> None:
    for duration_s in (1.3, 0.6, 3.35, 0.25, 0.5):
        rig.clock.advance(duration_s)
        rig.see(WATCHER)
    assert times(rig) == pytest.approx([1.3, 5.25, 6.0])


def test_abstained_seconds_are_marked_and_watchers_counted(rig: Rig) -> None:
    unsure = replace(WATCHER, scores=replace(HAPPY, expression=None, confidence=0.3))
    live(rig, 8, 5.5, lambda t_s: unsure if t_s > 2.5 else WATCHER)
    rows = rig.rows("SELECT abstained, watchers FROM emotion_samples ORDER BY t_s")
    assert [row["abstained"] for row in rows] == [0, 0, 1, 1, 1]
    assert {row["watchers"] for row in rows} == {2}
