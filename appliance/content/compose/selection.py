"""Which views a clip shows: as many as there is time for, none twice, the mood's own first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from appliance.content.compose.set_mood import steps_between
from appliance.content.compose.view import View
from appliance.domain import Mood

ALIKE_BITS: Final = 6
"""Of 64; views that differ in no more, and in their colours no more than
`ALIKE_TONES`, were taken twice."""
ALIKE_TONES: Final = 20
"""Mean difference of the colours of their quarters, of 255."""


def without_twins(views: Sequence[View]) -> list[View]:
    """Of photographs that look alike the sharpest, where the first of them stood."""
    kept: list[View] = []
    for view in views:
        twins = [place for place, other in enumerate(kept) if _are_alike(view, other)]
        # A video may come back to what it has shown: that is its own affair.
        twins = [place for place in twins if view.shot is None and kept[place].shot is None]
        if not twins:
            kept.append(view)
        elif view.sharpness > kept[twins[0]].sharpness:
            kept[twins[0]] = view
    return kept


def select(views: Sequence[View], mood: Mood, most: int) -> list[View]:
    """At most ``most`` views, those that fit the mood best, in the order they were given in."""
    by_fit = sorted(range(len(views)), key=lambda place: -_fit(views[place], mood))
    return [views[place] for place in sorted(by_fit[:most])]


def _are_alike(one: View, other: View) -> bool:
    apart = sum(abs(a - b) for a, b in zip(one.tones, other.tones, strict=True))
    is_toned_alike = apart <= ALIKE_TONES * len(one.tones)
    return is_toned_alike and (one.look ^ other.look).bit_count() <= ALIKE_BITS


def _fit(view: View, mood: Mood) -> float:
    """How probable the mood and its neighbours are in this view."""
    weights = {0: 1.0, 1: 0.5}
    return sum(
        weights.get(steps_between(mood, each), 0.0) * share
        for each, share in zip(Mood, view.mood.probabilities, strict=True)
    )
