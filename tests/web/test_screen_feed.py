"""The feed gives the latest state to many readers."""

from __future__ import annotations

import threading

import pytest

from appliance.domain import ScreenState
from appliance.errors import WebError
from appliance.web.screen_feed import ScreenFeed
from tests.web.scripted_unit import a_state


def test_nothing_published_is_an_error_not_a_guess() -> None:
    with pytest.raises(WebError, match="starting"):
        ScreenFeed().latest()


def test_latest_is_the_last_published() -> None:
    feed = ScreenFeed()
    feed.publish(a_state(revision=1))
    feed.publish(a_state(revision=2))
    assert feed.latest().revision == 2


def test_a_reader_that_knows_the_latest_waits_in_vain() -> None:
    feed = ScreenFeed()
    feed.publish(a_state(revision=4))
    assert feed.wait_newer(4, 0.01) is None


def test_a_reader_of_an_earlier_run_gets_a_smaller_revision_at_once() -> None:
    feed = ScreenFeed()
    feed.publish(a_state(revision=1, run_id="run-2"))
    state = feed.wait_newer(99, 0.01)
    assert state is not None
    assert state.run_id == "run-2"


def test_every_waiting_reader_is_woken() -> None:
    feed = ScreenFeed()
    seen: list[ScreenState | None] = []
    readers = [
        threading.Thread(target=lambda: seen.append(feed.wait_newer(0, 20))) for _ in range(6)
    ]
    for reader in readers:
        reader.start()
    feed.publish(a_state(revision=1))
    for reader in readers:
        reader.join(20)
    assert [state.revision for state in seen if state] == [1] * 6


def test_a_trouble_keeps_its_age_until_it_is_over() -> None:
    now_s = [100.0]
    feed = ScreenFeed(lambda: now_s[0])
    feed.publish(a_state(troubles=("no-camera",)))
    now_s[0] = 130.0
    feed.publish(a_state(revision=2, troubles=("no-camera", "no-clips")))
    now_s[0] = 131.0
    assert feed.trouble_ages_s() == {"no-camera": 31.0, "no-clips": 1.0}
    feed.publish(a_state(revision=3))
    feed.publish(a_state(revision=4, troubles=("no-camera",)))
    assert feed.trouble_ages_s() == {"no-camera": 0.0}
