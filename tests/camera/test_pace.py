"""pace.py: frames at the asked rate, never in a burst."""

from __future__ import annotations

import pytest

from appliance.camera.pace import Pace
from tests.camera.stepped_clock import SteppedClock


def test_frames_come_at_the_asked_rate() -> None:
    clock = SteppedClock(now_s=10.0)
    pace = Pace(4.0, clock.as_clock())

    assert [pace.wait() for _ in range(4)] == pytest.approx([10.0, 10.25, 10.5, 10.75])


def test_time_spent_on_a_frame_shortens_the_wait() -> None:
    clock = SteppedClock(now_s=0.0)
    pace = Pace(4.0, clock.as_clock())
    pace.wait()

    clock.now_s += 0.2
    pace.wait()

    assert clock.slept == pytest.approx([0.05])


def test_hold_up_is_not_made_good_by_a_burst() -> None:
    clock = SteppedClock(now_s=0.0)
    pace = Pace(4.0, clock.as_clock())
    pace.wait()

    clock.now_s += 3.0
    times = [pace.wait() for _ in range(3)]

    assert times == pytest.approx([3.0, 3.0, 3.25])


def test_faster_rate_counts_from_the_last_frame() -> None:
    clock = SteppedClock(now_s=0.0)
    pace = Pace(0.5, clock.as_clock())
    pace.wait()

    pace.set_fps(10.0)

    assert pace.wait() == pytest.approx(0.1)
    assert pace.wait() == pytest.approx(0.2)
