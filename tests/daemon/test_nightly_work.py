"""Work of the night: when it is due, and commands that end with the unit."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.daemon.nightly_work import is_due, is_left_undone, run_command
from appliance.errors import DaemonError

NIGHT = dt.timedelta(hours=3, minutes=30)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2027, 3, day, hour, minute).astimezone()


@pytest.mark.parametrize(
    ("now", "last", "every_s", "due"),
    [
        (at(2, 12), None, 0, True),
        (at(2, 12), at(2, 4), 0, False),
        (at(3, 3, 29), at(2, 4), 0, False),
        (at(3, 3, 30), at(2, 4), 0, True),
        (at(3, 12), at(2, 4), 0, True),  # was off at night
        (at(2, 12), at(2, 11, 30), 3600, False),
        (at(2, 12), at(2, 11), 3600, True),
        (at(2, 12), at(9, 11), 0, True),  # the clock was set back
    ],
)
def test_it_is_time_at_night_and_as_often_as_asked(
    now: dt.datetime, last: dt.datetime | None, every_s: float, due: bool
) -> None:
    assert is_due(now, last, NIGHT, every_s) is due


@pytest.mark.parametrize(
    ("now", "last", "undone"),
    [
        (at(3, 4, 29), at(2, 3, 30), False),  # due, and the daemon may be at it
        (at(3, 4, 30), at(2, 3, 30), True),
        (at(3, 4, 30), at(3, 3, 31), False),
        (at(3, 4, 30), at(3, 4, 29), False),
        (at(3, 12), at(9, 11), True),  # the clock was set back
        (at(3, 12), None, True),
    ],
)
def test_what_the_daemon_has_left_undone_is_told_from_what_it_does(
    now: dt.datetime, last: dt.datetime | None, undone: bool
) -> None:
    assert is_left_undone(now, last, NIGHT) is undone


@given(st.integers(0, 10_000_000), st.sampled_from([0.0, 60.0, 3600.0]))
def test_what_was_just_done_is_not_due(seconds: int, every_s: float) -> None:
    now = dt.datetime(2027, 1, 1, tzinfo=dt.UTC).astimezone() + dt.timedelta(seconds=seconds)
    assert not is_due(now, now, NIGHT, every_s)


def test_a_missing_command_is_named() -> None:
    with pytest.raises(DaemonError, match="cannot start no-such-tool"):
        run_command(["no-such-tool"], 5, threading.Event())


def test_a_command_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    child = f"sleep 3; touch {alive}"
    with pytest.raises(DaemonError, match=r"no end within 0\.5 s"):
        run_command(["sh", "-c", f"({child}) & wait"], 0.5, threading.Event())
    threading.Event().wait(3.2)
    assert not alive.exists()


def test_a_stopping_unit_does_not_wait_for_the_command() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(DaemonError, match="the unit is stopping"):
        run_command(["sleep", "60"], 600, stop)
