"""Nothing can be written any more: the loop goes on, and nothing that was written is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from appliance.config.load import parse_settings
from appliance.domain import ClipKind, PlaybackEvent, RatingSource, Screen
from appliance.errors import StoreError
from appliance.messages import Answer, RatingGiven
from appliance.store.chain_check import check_chain
from appliance.store.database import open_database
from tests.daemon.test_campaigns_and_rules import LOOP_ADS, play_on, with_campaign
from tests.daemon.test_control_loop import HAPPY, Rig
from tests.factories import a_leader
from tests.store.history import CHAIN_KEY

MOST_PAGES = 2**30


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, settings=parse_settings(LOOP_ADS, where="test"))
    with_campaign(made, 1, share_s_per_hour=3600.0)
    play_on(made, 3)
    yield made
    made.database.close()


def fill_disk(rig: Rig) -> None:
    """SQLite may take no further page; what is free of the present ones is used up."""
    (pages,) = rig.rows("PRAGMA page_count")
    rig.rows(f"PRAGMA max_page_count = {pages['page_count']}")
    with pytest.raises(StoreError, match="full"):
        stuff(rig)
    # Half-filled pages of the tables take a few rows more.
    for _ in range(50):
        if rig.state.play.decision_id == 0:
            return
        play_on(rig, 1)
    pytest.fail("the disk is not full")


def stuff(rig: Rig) -> None:
    for number in range(10_000):
        rig.database.insert("meta", {"key": f"{number}", "value": "x" * 200})


def choices(rig: Rig) -> int:
    return int(rig.rows("SELECT count(*) AS n FROM decisions")[0]["n"])


def free_disk(rig: Rig) -> None:
    rig.rows(f"PRAGMA max_page_count = {MOST_PAGES}")


def test_the_loop_goes_on_without_ads_and_is_recorded_again(rig: Rig, caplog) -> None:
    assert rig.rows("SELECT 1 FROM play_events WHERE clip_kind = 'ad'")
    caplog.set_level("INFO")
    fill_disk(rig)
    before = choices(rig)
    shown = []
    for _ in range(12):
        play_on(rig, 1)
        shown.append(rig.state.play)
    assert len({play.id for play in shown}) == 12
    assert {play.clip.kind for play in shown} == {ClipKind.HEALING}
    assert len({play.clip.id for play in shown}) == 2
    assert choices(rig) == before
    assert caplog.text.count("Nothing is recorded, and no advertising plays") == 1
    free_disk(rig)
    play_on(rig, 3)
    rig.wait(3)
    assert "Records are written again" in caplog.text
    assert rig.state.play.decision_id > 0
    assert choices(rig) > before


def test_proof_of_a_play_whose_choice_was_written_waits_for_room(rig: Rig) -> None:
    fill_disk(rig)
    free_disk(rig)
    rig.wait(3)
    cut = rig.rows(
        "SELECT play_id FROM play_events GROUP BY play_id HAVING max(event = 'ended') = 0"
    )
    assert [row["play_id"] for row in cut] == []
    with open_database(rig.database.path, read_only=True) as reader:
        assert check_chain(reader, CHAIN_KEY).first_break is None


def test_a_watcher_is_left_with_the_loop_and_an_answer_is_asked_for_again(rig: Rig) -> None:
    rig.to_rating()
    asked = rig.state.play
    # As on a full disk; the table itself has room for a row in its page.
    rig.database.write(
        "CREATE TEMP TRIGGER full_disk BEFORE INSERT ON ratings"
        " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    reply: Future[Answer] = Future()
    rig.inbox.post(RatingGiven(asked.id, 1, RatingSource.PANEL, reply))
    rig.loop.step(0)
    with pytest.raises(StoreError):
        reply.result(timeout=0)
    assert rig.state.rating is None
    rig.database.write("DROP TRIGGER full_disk")
    assert rig.rate(1, play_id=asked.id) is Answer.DONE


def test_nothing_is_shown_to_a_watcher_that_could_not_be_explained(rig: Rig) -> None:
    fill_disk(rig)
    rig.see(a_leader(scores=HAPPY))
    assert rig.state.screen is Screen.HEALING
    rig.see(None, 0)
    rig.clock.advance(3)
    rig.report(PlaybackEvent.PLAYING)
    free_disk(rig)
    play_on(rig, 2)
    rig.clock.advance(120)
    rig.report(PlaybackEvent.PLAYING)
    rig.see(a_leader(track_id=2, scores=HAPPY))
    assert rig.state.screen is Screen.SHOW
