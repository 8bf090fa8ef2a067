"""An edit fills its time, changes on beats, and shows no shot beyond its end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.content.compose.beats import SAMPLE_HZ, beats_of
from appliance.content.compose.edit_plan import most_views, plan_edit

lengths = st.lists(st.one_of(st.none(), st.floats(1.5, 30)), min_size=1, max_size=12)
beats = st.lists(st.floats(0, 60), max_size=150).map(sorted)


@given(lengths, st.floats(3, 60), beats)
def test_slots_follow_one_another_over_the_whole_clip(
    lengths_s: list[float | None], wanted_s: float, beats_s: list[float]
) -> None:
    plan = plan_edit(lengths_s, wanted_s, beats_s)
    assert plan.slots[0].starts_s == 0
    assert plan.slots[-1].ends_s == pytest.approx(plan.duration_s, abs=1e-3)
    assert plan.duration_s <= wanted_s
    for before, after in pairwise(plan.slots):
        assert before.ends_s - after.starts_s == pytest.approx(plan.fade_s, abs=2e-3)
        assert after.starts_s >= before.starts_s
    for slot, after in zip(plan.slots, plan.slots[2:], strict=False):
        # At no moment are three seen.
        assert after.starts_s >= slot.ends_s - 2e-3
    for slot, length_s in zip(plan.slots, lengths_s, strict=True):
        assert length_s is None or slot.length_s <= length_s + 2e-3
    if None in lengths_s:
        assert plan.duration_s == wanted_s


def test_changes_go_to_the_beats_near_them() -> None:
    plan = plan_edit([None] * 3, 9, [0.5, 2.8, 4.2, 5.1, 6.3, 7.2])
    middles = [after.starts_s + plan.fade_s / 2 for after in plan.slots[1:]]
    assert middles == pytest.approx([2.8, 6.3])
    assert plan.on_beat == 2


def test_a_beat_too_far_away_is_left_alone() -> None:
    plan = plan_edit([None, None], 10, [0.4, 9.8])
    assert plan.on_beat == 0
    assert plan.slots[1].starts_s + plan.fade_s / 2 == pytest.approx(5)


def test_what_a_short_shot_leaves_goes_to_the_others() -> None:
    plan = plan_edit([None, 2.0, None], 12, ())
    assert plan.slots[1].length_s == pytest.approx(2.0, abs=2e-3)
    assert plan.slots[0].length_s == pytest.approx(plan.slots[2].length_s, abs=2e-3)


def test_shots_alone_make_a_shorter_clip() -> None:
    assert plan_edit([3.0], 15, ()).duration_s == 3
    assert plan_edit([3.0, 3.0], 15, ()).duration_s < 6
    assert plan_edit([3.0, 3.0], 15, [2.15]).on_beat == 1


def test_there_is_room_for_one_view_at_least() -> None:
    assert (most_views(15), most_views(1)) == (6, 1)


def test_the_beat_of_a_metronome_is_found() -> None:
    pytest.importorskip("librosa", reason="needs librosa: pip install .[studio]")
    samples = np.random.default_rng(3).normal(0, 0.001, 12 * SAMPLE_HZ).astype(np.float32)
    click = np.hanning(400).astype(np.float32) * np.sin(np.arange(400) / 3).astype(np.float32)
    for beat_s in np.arange(0.5, 11.5, 0.6):
        start = round(beat_s * SAMPLE_HZ)
        samples[start : start + 400] += click
    found = beats_of(samples)
    assert found is not None
    off = [abs((beat_s - 0.5 + 0.3) % 0.6 - 0.3) for beat_s in found]
    assert len(found) >= 15
    assert np.median(off) < 0.06
    assert beats_of(np.zeros(3 * SAMPLE_HZ, np.float32)) == ()
