"""sampling.py: once a second, without drift and without catching up."""

from __future__ import annotations

from appliance.daemon.sampling import Sampling


def test_a_late_sample_does_not_shift_those_after_it() -> None:
    sampling = Sampling(100.0)
    asked = [100.0, 100.5, 101.3, 101.9, 102.1, 103.0]
    assert [sampling.due_at(now_s) is not None for now_s in asked] == [
        True, False, True, False, True, True,
    ]  # fmt: skip


def test_seconds_that_were_missed_are_not_made_up() -> None:
    sampling = Sampling(100.0)
    assert sampling.due_at(100.0) == 0.0
    assert sampling.due_at(107.25) == 7.25
    assert sampling.due_at(107.5) is None
    assert sampling.due_at(108.0) == 8.0
