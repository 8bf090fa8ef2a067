"""Threads with a name, an end and a last word."""

from __future__ import annotations

import threading

from appliance.daemon.worker import Worker


def test_a_worker_runs_under_its_name_until_it_is_stopped():
    seen = []
    started = threading.Event()

    def run(stop, pulse):
        seen.append(threading.current_thread().name)
        started.set()
        stop.wait()
        seen.append("ended")

    worker = Worker("look", run, on_death=seen.append)
    worker.start()
    assert started.wait(5)
    assert worker.is_alive
    worker.stop()
    assert seen == ["look", "ended"]
    assert not worker.is_alive


def test_a_worker_that_dies_says_so(caplog):
    died = threading.Event()
    names = []

    def run(stop, pulse):
        raise RuntimeError("broken")

    worker = Worker("look", run, on_death=lambda name: (names.append(name), died.set()))
    worker.start()
    assert died.wait(5)
    worker.stop()
    assert names == ["look"]
    assert "broken" in caplog.text


def test_the_pulse_tells_how_long_nothing_has_moved():
    worker = Worker("look", lambda stop, pulse: None, on_death=lambda name: None)
    worker.pulse._last_s -= 100
    assert worker.pulse.age_s >= 100
    worker.pulse.beat()
    assert worker.pulse.age_s < 50
