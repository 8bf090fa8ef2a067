"""face_tracker.py: the same face keeps its track; dwell and attention are what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audience.face_tracker import FaceTracker
from appliance.domain import Box
from tests.audience.scores import face


def box(x: float, y: float = 200.0, height: float = 80.0) -> Box:
    return face(x, y, height).box


def test_walking_face_keeps_its_track() -> None:
    tracker = FaceTracker(leave_after_s=2.0)

    ids = {
        tracker.update([box(100 + 15 * step, height=60 * 1.05**step)], step * 0.125)[0].id
        for step in range(20)
    }

    assert ids == {1}


def test_fast_face_without_overlap_is_followed_by_its_distance() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    (track,) = tracker.update([box(160)], 0.4)

    assert track.id == 1


def test_face_elsewhere_is_another() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    (track,) = tracker.update([box(500)], 0.125)

    assert track.id == 2
    assert len(tracker.tracks) == 2


def test_face_of_another_size_in_the_same_place_is_another() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100, height=40)], 0.0)

    (track,) = tracker.update([box(100, height=130)], 0.125)

    assert track.id == 2


def test_two_neighbours_keep_their_tracks_in_any_order() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    left, right = tracker.update([box(100), box(160)], 0.0)

    now_right, now_left = tracker.update([box(155), box(105)], 0.125)

    assert now_left is left
    assert now_right is right


def test_each_box_continues_one_track_and_each_track_one_box() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    first, second = tracker.update([box(104), box(98)], 0.125)

    assert {first.id, second.id} == {1, 2}
    assert second.id == 1


def test_lost_detection_does_not_end_a_track() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)
    tracker.update([], 1.0)
    (track,) = tracker.tracks

    assert not track.is_present
    assert track.unseen_s(1.0) == 1.0
    assert tracker.update([box(110)], 1.9)[0] is track
    assert track.unseen_s(1.9) == 0.0


def test_track_ends_when_unseen_for_longer() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    tracker.update([], 2.1)

    assert tracker.tracks == ()
    assert tracker.update([box(100)], 2.2)[0].id == 2


def test_face_after_a_long_pause_is_another_even_in_the_same_place() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    assert tracker.update([box(100)], 10.0)[0].id == 2


def test_attention_leaves_out_the_time_unseen() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    for now_s, boxes in [(0.0, [box(100)]), (1.0, [box(100)]), (1.5, []), (2.5, [box(100)])]:
        tracker.update(boxes, now_s)
    (track,) = tracker.update([box(100)], 3.0)

    assert track.dwell_s(3.0) == 3.0
    assert track.attention_s == pytest.approx(1.5)


def test_clear_forgets_tracks_but_goes_on_counting() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    tracker.clear()

    assert tracker.tracks == ()
    assert tracker.update([box(100)], 0.1)[0].id == 2


def test_match_changes_nothing() -> None:
    tracker = FaceTracker(leave_after_s=2.0)
    tracker.update([box(100)], 0.0)

    assert tracker.match([box(400), box(102)], 0.1) == {1: 1}
    assert len(tracker.tracks) == 1
    assert tracker.tracks[0].box == box(100)


boxes_of_a_frame = st.lists(
    st.builds(box, st.floats(0, 640), st.floats(0, 480), st.floats(0, 300)), max_size=5
)


@given(st.lists(st.tuples(st.floats(0.01, 3.0), boxes_of_a_frame), max_size=25))
def test_attention_is_at_most_dwell_and_no_track_is_shared(
    frames: list[tuple[float, list[Box]]],
) -> None:
    tracker = FaceTracker(leave_after_s=1.5)
    now_s = 0.0
    for step_s, boxes in frames:
        now_s += step_s
        owners = tracker.update(boxes, now_s)

        assert len({track.id for track in owners}) == len(boxes)
        assert sum(track.is_present for track in tracker.tracks) == len(boxes)
        for track in tracker.tracks:
            assert 0 <= track.attention_s <= track.dwell_s(now_s) + 1e-9
            assert track.unseen_s(now_s) <= 1.5
