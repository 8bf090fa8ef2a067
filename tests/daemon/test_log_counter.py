"""Warnings and errors are counted for an hour; only the last error's text is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.daemon.log_counter import MAX_TEXT, LogCounter


class Rig:
    def __init__(self) -> None:
        self.now_s = 10_000.0
        self.counter = LogCounter(lambda: self.now_s)
        self.logger = logging.Logger("rig", logging.DEBUG)
        self.logger.addHandler(self.counter)


@pytest.fixture
def rig() -> Iterator[Rig]:
    return Rig()


def test_only_warnings_and_errors_count(rig):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        rig.logger.log(level, "a line")
    assert rig.counter.last_hour() == {"warning": 1, "error": 2}


def test_after_an_hour_they_are_forgotten_but_not_in_the_totals(rig):
    rig.logger.error("The disk is %s", "full")
    rig.now_s += 59 * 60
    assert rig.counter.last_hour()["error"] == 1
    assert rig.counter.last_error == "The disk is full"
    rig.now_s += 2 * 60
    assert rig.counter.last_hour()["error"] == 0
    assert rig.counter.last_error is None
    assert rig.counter.total() == {"error": 1, "warning": 0}


def test_the_last_errors_text_is_one_short_line(rig):
    rig.logger.error("a\nb %s", "c" * 1000)
    assert rig.counter.last_error.startswith("a b ccc")
    assert len(rig.counter.last_error) == MAX_TEXT


def test_a_wrong_log_call_does_no_harm(rig):
    rig.logger.error("%d", "no number")
    assert rig.counter.last_hour()["error"] == 1


@given(st.lists(st.floats(0, 4000), max_size=40))
def test_the_count_is_that_of_the_last_hour_to_the_minute(waits):
    rig = Rig()
    logged = []
    for wait_s in waits:
        rig.now_s += wait_s
        rig.logger.warning("x")
        logged.append(rig.now_s)
        count = rig.counter.last_hour()["warning"]
        assert sum(rig.now_s - each < 3540 for each in logged) <= count
        assert count <= sum(rig.now_s - each < 3660 for each in logged)
    assert rig.counter.total()["warning"] == len(waits)


def test_a_flood_of_lines_takes_no_memory(rig):
    for _ in range(10_000):
        rig.logger.warning("x")
    assert len(rig.counter._by_minute) == 1
