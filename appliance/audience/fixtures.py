"""Faces that have not moved or changed for minutes: posters, screens, statues of the place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from appliance.audience.liveliness import Liveliness
from appliance.domain import Box, Detection

SAME_PLACE_IOU = 0.5
"""Overlap from which a face stands where one was before."""
LONGEST_GAP_S = 2.0
"""A face unseen for longer was not there meanwhile, as far as its stillness is counted."""
FORGET_ALIVE_S = 5.0
"""A fixture that lives for so long is none: it is a person in its place, or it was carried off."""


@dataclass(slots=True)
class _Place:
    box: Box
    seen_s: float
    still_s: float = 0.0
    """Seconds seen without life, on end."""
    alive_for_s: float = 0.0
    is_fixture: bool = False
    life: Liveliness = field(default_factory=Liveliness)


class Fixtures:
    """Learns where faces never move; nothing of it outlives the process."""

    def __init__(self, after_s: float) -> None:
        """``after_s``: still for so long a face is a fixture; unseen for as long it is none."""
        self._after_s = after_s
        self._places: list[_Place] = []

    @property
    def count(self) -> int:
        """Fixtures known now."""
        return sum(place.is_fixture for place in self._places)

    def leave_out(self, seen: Sequence[Detection], now_s: float) -> list[Detection]:
        """Take in one frame; returns the detections that are no fixtures, in their order."""
        self._places = [p for p in self._places if now_s - p.seen_s <= self._lifetime_s(p)]
        rest = []
        for detection in seen:
            if detection.change is None or not self._is_fixture(detection, now_s):
                rest.append(detection)
        return rest

    def _lifetime_s(self, place: _Place) -> float:
        # A picture that the detector finds only now and then is learned too, only later.
        return self._after_s if place.is_fixture else LONGEST_GAP_S + place.still_s

    def _is_fixture(self, detection: Detection, now_s: float) -> bool:
        place = self._place_of(detection.box, now_s)
        gap_s = now_s - place.seen_s
        place.seen_s = now_s
        place.life.observe(detection.change, now_s)
        passed_s = gap_s if gap_s <= LONGEST_GAP_S else 0.0
        if place.life.is_alive:
            place.still_s = 0.0
            place.alive_for_s += passed_s
        else:
            place.still_s += passed_s
            place.alive_for_s = 0.0
        if place.alive_for_s >= FORGET_ALIVE_S:
            place.is_fixture = False
        elif place.still_s >= self._after_s:
            place.is_fixture = True
        # Somebody right in front of a picture is no picture.
        return place.is_fixture and not place.life.is_alive

    def _place_of(self, box: Box, now_s: float) -> _Place:
        place = max(self._places, key=lambda place: place.box.iou(box), default=None)
        if place is None or place.box.iou(box) < SAME_PLACE_IOU:
            place = _Place(box, now_s)
            self._places.append(place)
        return place
