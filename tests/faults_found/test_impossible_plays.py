"""What the page says of a play is held to what can have happened; nothing else becomes proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.config import Settings
from appliance.daemon.director import Director
from appliance.domain import PlaybackEvent, Screen
from appliance.errors import PlaybackError
from appliance.messages import Answer
from appliance.store.chain_check import check_chain
from tests.daemon.test_control_loop import Rig
from tests.factories import a_leader
from tests.store.history import CHAIN_KEY

PLAYING, ENDED = PlaybackEvent.PLAYING, PlaybackEvent.ENDED
ERROR, STOPPED = PlaybackEvent.ERROR, PlaybackEvent.STOPPED


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.database.close()


def events(rig: Rig) -> list[tuple[str, float]]:
    rows = rig.rows("SELECT event, position_s FROM play_events ORDER BY id")
    return [(row["event"], row["position_s"]) for row in rows]


def test_a_day_s_worth_of_a_ten_second_film_is_ten_seconds(rig: Rig) -> None:
    rig.report(PLAYING)
    rig.clock.advance(4)
    play = rig.state.play
    assert rig.report(STOPPED, position_s=86_400.0) is Answer.DONE
    assert events(rig) == [("playing", 0.0), ("stopped", 4.0)]
    rig.see(a_leader())
    assert rig.state.play != play
    rig.report(PLAYING)
    rig.clock.advance(900)
    rig.report(ENDED, position_s=86_400.0)
    assert events(rig)[-1] == ("ended", 10.0)


def test_a_film_that_ends_before_it_can_is_one_that_was_stopped(rig: Rig) -> None:
    rig.report(PLAYING)
    rig.clock.advance(3)
    first = rig.state.play
    assert rig.report(ENDED, position_s=10.0) is Answer.DONE
    assert events(rig) == [("playing", 0.0), ("stopped", 3.0)]
    (row,) = rig.rows("SELECT detail FROM play_events WHERE event = 'stopped'")
    assert row["detail"] == "'ended' after 3.0 s of 10.0 s"
    # The screen goes on all the same, and a repetition later proves no more than the first.
    assert rig.state.play != first
    rig.clock.advance(60)
    assert rig.report(ENDED, first.id, 10.0) is Answer.ALREADY
    assert rig.rows("SELECT completed FROM plays") == [{"completed": 0}]


@pytest.mark.parametrize("event", [ENDED, STOPPED])
def test_nothing_ends_that_has_not_begun(rig: Rig, event: PlaybackEvent) -> None:
    rig.clock.advance(20)
    with pytest.raises(PlaybackError, match=f"'{event}' before 'playing'"):
        rig.report(event, position_s=10.0)
    assert events(rig) == []
    assert rig.loop.refused_reports == 1
    # It is not held against the play: what is true is taken.
    assert rig.report(PLAYING) is Answer.DONE


@pytest.mark.parametrize(
    ("first", "second"), [(STOPPED, ENDED), (ERROR, ENDED), (ENDED, ERROR), (ENDED, STOPPED)]
)
def test_a_play_ends_once(rig: Rig, first: PlaybackEvent, second: PlaybackEvent) -> None:
    play = rig.state.play
    rig.report(PLAYING)
    rig.clock.advance(10)
    rig.report(first, play.id, 10.0)
    with pytest.raises(PlaybackError, match=f"'{second}' after '{first}'"):
        rig.report(second, play.id, 10.0)
    assert len(events(rig)) == 2


def test_a_film_that_could_not_be_played_does_not_begin_later(rig: Rig) -> None:
    play = rig.state.play
    assert rig.report(ERROR) is Answer.DONE
    with pytest.raises(PlaybackError, match="'playing' after 'error'"):
        rig.report(PLAYING, play.id)


def test_a_choice_that_was_never_on_the_screen_proves_nothing(rig: Rig) -> None:
    """The loop's next clip is chosen and loaded behind; a visitor comes before it is shown."""
    rig.report(PLAYING)
    upcoming = rig.state.next_play
    for event in (PLAYING, ENDED, ERROR):
        with pytest.raises(PlaybackError, match="has not been on the screen"):
            rig.report(event, upcoming.id, 10.0)
    rig.see(a_leader())
    assert rig.state.screen is Screen.SHOW
    with pytest.raises(PlaybackError, match="has not been on the screen"):
        rig.report(PLAYING, upcoming.id)
    assert len(events(rig)) == 1
    assert rig.loop.refused_reports == 4


def test_a_play_that_a_restart_cut_may_still_end_and_no_other_may_begin(rig: Rig) -> None:
    begun = rig.state.play
    rig.report(PLAYING)
    planned = rig.state.next_play
    rig.clock.advance(5)
    rig.loop = rig.another_loop()
    rig.loop.begin(Director(rig.database, rig.clips_dir, Settings(), CHAIN_KEY))
    with pytest.raises(PlaybackError, match="has not been on the screen"):
        rig.report(PLAYING, planned.id)
    assert rig.report(PLAYING, begun.id) is Answer.ALREADY
    assert rig.report(STOPPED, begun.id, 86_400.0) is Answer.DONE
    assert events(rig) == [("playing", 0.0), ("stopped", 5.0)]
    assert check_chain(rig.database, CHAIN_KEY).first_break is None
