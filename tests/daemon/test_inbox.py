"""The queue between the threads."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from appliance.daemon.inbox import Inbox
from appliance.domain import AudienceMoment, RatingSource, Sensing
from appliance.messages import MomentObserved, RatingGiven, SensingChanged


def moment(watchers: int) -> MomentObserved:
    return MomentObserved(AudienceMoment(0.0, watchers, None))


def rating() -> RatingGiven:
    return RatingGiven("play", 1, RatingSource.PANEL, Future())


def test_only_the_newest_moment_is_kept():
    inbox = Inbox()
    for watchers in range(5):
        assert inbox.post(moment(watchers))
    assert inbox.get(0) == moment(4)
    assert inbox.get(0) is None


def test_what_people_wait_for_goes_before_moments():
    inbox = Inbox()
    inbox.post(moment(1))
    answer = rating()
    inbox.post(answer)
    assert inbox.get(0) is answer
    assert inbox.get(0) == moment(1)


def test_a_full_inbox_says_so_and_keeps_what_it_has():
    inbox = Inbox(capacity=2)
    kept = [rating(), rating()]
    assert [inbox.post(message) for message in kept] == [True, True]
    assert inbox.post(rating()) is False
    assert inbox.post(moment(1)) is True
    assert [inbox.get(0), inbox.get(0)] == kept


def test_a_waiting_reader_wakes_up():
    inbox = Inbox()
    got = []
    reader = threading.Thread(target=lambda: got.append(inbox.get(30)))
    reader.start()
    message = SensingChanged(Sensing.ON, None)
    inbox.post(message)
    reader.join(10)
    assert got == [message]


def test_messages_from_many_threads_all_arrive():
    inbox = Inbox(capacity=1000)
    threads = [
        threading.Thread(target=lambda: [inbox.post(rating()) for _ in range(50)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inbox) == 400
