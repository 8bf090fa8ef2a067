"""The same face over frames: where it is, since when, and for how long it looked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.audience.liveliness import Liveliness
from appliance.domain import Box

MIN_IOU = 0.15
"""Overlap from which a box continues a track whatever the distance of the centres."""
REACH = 0.7
"""Distance of the centres, in face sizes, up to which a box without overlap continues a track."""
REACH_PER_S = 1.0
"""The reach grows by so many face sizes for each second the track was unseen, ..."""
MAX_REACH = 2.0
"""... up to this."""
MAX_GROWTH = 2.0
"""A face that grew or shrank by more than this factor since the last sight is another face."""


@dataclass(slots=True)
class Track:
    """One face, followed. The id counts up within a run and says nothing about who it is."""

    id: int
    box: Box
    first_seen_s: float
    last_seen_s: float
    attention_s: float = 0.0
    is_present: bool = True
    """Seen in the latest frame."""
    may_lead: bool = False
    """Near and sure enough in its latest sight."""
    life: Liveliness = field(default_factory=Liveliness)

    def dwell_s(self, now_s: float) -> float:
        """First seen until ``now_s``."""
        return now_s - self.first_seen_s

    def unseen_s(self, now_s: float) -> float:
        """Seconds since the last sight; 0 when present."""
        return 0.0 if self.is_present else now_s - self.last_seen_s


class FaceTracker:
    """Joins the boxes of each frame to tracks by overlap and distance, the best pair first.

    Greedy pairing is enough: faces in front of a panel are few and hide one another rather than
    cross through one another.
    """

    def __init__(self, leave_after_s: float) -> None:
        self._leave_after_s = leave_after_s
        self._tracks: list[Track] = []
        self._next_id = 1
        self._updated_s = -math.inf

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Living tracks, oldest first."""
        return tuple(self._tracks)

    def update(self, boxes: Sequence[Box], now_s: float) -> tuple[Track, ...]:
        """Take in one frame at ``now_s`` (monotonic); returns the track of each box, in order."""
        self._drop_gone(now_s)
        pairs = self.match(boxes, now_s)
        elapsed_s = now_s - self._updated_s
        for track in self._tracks:
            if track.id not in pairs.values():
                track.is_present = False
        owners = [
            self._continue(pairs[index], box, now_s, elapsed_s)
            if index in pairs
            else self._begin(box, now_s)
            for index, box in enumerate(boxes)
        ]
        self._updated_s = now_s
        return tuple(owners)

    def match(self, boxes: Sequence[Box], now_s: float) -> dict[int, int]:
        """Index of a box -> id of the living track it continues; changes nothing."""
        living = [track for track in self._tracks if not self._is_gone(track, now_s)]
        scored = [
            (score, -track.id, -index)
            for track in living
            for index, box in enumerate(boxes)
            if (score := affinity(track.box, box, now_s - track.last_seen_s)) > 0
        ]
        pairs: dict[int, int] = {}
        for _, minus_id, minus_index in sorted(scored, reverse=True):
            if -minus_index not in pairs and -minus_id not in pairs.values():
                pairs[-minus_index] = -minus_id
        return pairs

    def clear(self) -> None:
        """Forget every track; ids go on counting."""
        self._tracks.clear()

    def _is_gone(self, track: Track, now_s: float) -> bool:
        return now_s - track.last_seen_s > self._leave_after_s

    def _drop_gone(self, now_s: float) -> None:
        self._tracks = [track for track in self._tracks if not self._is_gone(track, now_s)]

    def _begin(self, box: Box, now_s: float) -> Track:
        track = Track(self._next_id, box, first_seen_s=now_s, last_seen_s=now_s)
        self._next_id += 1
        self._tracks.append(track)
        return track

    def _continue(self, track_id: int, box: Box, now_s: float, elapsed_s: float) -> Track:
        track = next(track for track in self._tracks if track.id == track_id)
        if track.is_present:
            # Only time between two sights in a row counts as looking.
            track.attention_s += elapsed_s
        track.box = box
        track.last_seen_s = now_s
        track.is_present = True
        return track


def affinity(last: Box, box: Box, gap_s: float) -> float:
    """How well ``box`` continues a track last seen at ``last``; 0: not at all.

    Overlapping pairs (1 + IoU) come before pairs that are only near (1 - distance / reach).
    """
    size, last_size = math.sqrt(box.area_px), math.sqrt(last.area_px)
    if size <= 0 or last_size <= 0:
        return 0.0
    growth = max(size, last_size) / min(size, last_size)
    if growth > MAX_GROWTH:
        return 0.0
    iou = last.iou(box)
    if iou >= MIN_IOU:
        return 1.0 + iou
    reach = min(MAX_REACH, REACH + REACH_PER_S * gap_s) * (size + last_size) / 2
    return max(0.0, 1.0 - math.dist(last.centre, box.centre) / reach)
