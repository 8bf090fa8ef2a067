"""Which views a clip shows: as many as there is time for, none twice, the mood's own first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from appliance.content.compose.set_mood import steps_between
from appliance.content.compose.view import View
from appliance.domain import Mood

ALIKE_BITS: Final = 6
"""Of 64; views that differ in no more were taken twice."""


def without_twins(views: Sequence[View]) -> list[View]:
    """Of photographs that look alike the sharpest, where the first of them stood."""
    kept: list[View] = []
    for view in views:
        for place, other in enumerate(kept):
            if (view.look ^ other.look).bit_count() <= ALIKE_BITS:
                if view.shot is None and other.shot is None and view.sharpness > other.sharpness:
                    kept[place] = view
                if view.shot is None:
                    break
        else:
            kept.append(view)
    return kept


def select(views: Sequence[View], mood: Mood, most: int) -> list[View]:
    """At most ``most`` views, those that fit the mood best, in the order they were given in."""
    by_fit = sorted(range(len(views)), key=lambda place: -_fit(views[place], mood))
    return [views[place] for place in sorted(by_fit[:most])]


def _fit(view: View, mood: Mood) -> float:
    """How probable the mood and its neighbours are in this view."""
    weights = {0: 1.0, 1: 0.5}
    return sum(
        weights.get(steps_between(mood, each), 0.0) * share
        for each, share in zip(Mood, view.mood.probabilities, strict=True)
    )
