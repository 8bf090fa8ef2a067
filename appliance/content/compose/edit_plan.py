"""When each view of a clip is seen: even lengths, changes on the beat, no shot beyond its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

from appliance.content.compose.span import Span

FADE_S: Final = 0.8
"""A cross-fade lasts so long, or less between short views."""
_FADE_SHARE: Final = 0.35
LEAST_VIEW_S: Final = 1.2
"""Shorter, and nobody sees what it was."""
MEAN_VIEW_S: Final = 2.5
"""There is room for one view in so many seconds."""
_LEFT_FOR_BEATS: Final = 0.92
"""What is shown of shots that do not fill the time, so that changes can move to beats."""
_REACH: Final = 0.45
"""A beat is near enough within this share of the mean view's time."""


@dataclass(frozen=True, slots=True)
class EditPlan:
    """When each view is seen."""

    slots: tuple[Span, ...]
    """Cross-fades included; they overlap with their neighbours."""
    fade_s: float
    duration_s: float
    on_beat: int
    """Changes whose middle is a beat; the others found none near enough."""


def most_views(duration_s: float) -> int:
    """How many views there is time for."""
    return max(1, int(duration_s / MEAN_VIEW_S))


def plan_edit(
    lengths_s: Sequence[float | None], duration_s: float, beats_s: Sequence[float]
) -> EditPlan:
    """Share the time out among views (at least one); the clip ends earlier where shots are short.

    ``lengths_s``: how long each can be shown; None: any time. ``beats_s``: of the music, from the
    clip's beginning.
    """
    fade_s = _fade(lengths_s, duration_s)
    # What is left of each when its fades are over: half a fade lies beyond each change.
    most = [
        duration_s if length_s is None else max(0.0, length_s - fade_s) for length_s in lengths_s
    ]
    if sum(most) < duration_s:
        # Shots shown to their very ends could not change on a beat.
        duration_s = sum(most) * (_LEFT_FOR_BEATS if beats_s and len(most) > 1 else 1.0)
    even_s = _shared_out(most, duration_s)
    changes, on_beat = _on_beats(even_s, most, duration_s, beats_s)
    edges = [0.0, *changes, duration_s]
    slots = tuple(
        Span(round(max(0.0, start - fade_s / 2), 3), round(min(duration_s, end + fade_s / 2), 3))
        for start, end in pairwise(edges)
    )
    return EditPlan(slots, fade_s, duration_s, on_beat)


def _fade(lengths_s: Sequence[float | None], duration_s: float) -> float:
    if len(lengths_s) == 1:
        return 0.0
    shortest_s = min(length_s for length_s in (*lengths_s, duration_s) if length_s is not None)
    # No view is all cross-fade.
    return min(FADE_S, _FADE_SHARE * min(duration_s / len(lengths_s), shortest_s))


def _shared_out(most: Sequence[float], duration_s: float) -> list[float]:
    """How long each view would last, if none of them went by the music."""
    given = [0.0] * len(most)
    open_places = list(range(len(most)))
    left_s = duration_s
    while open_places:
        share = left_s / len(open_places)
        short = [place for place in open_places if most[place] <= share]
        for place in short or open_places:
            given[place] = min(most[place], share)
            left_s -= given[place]
        open_places = [place for place in open_places if place not in short] if short else []
    return given


def _on_beats(
    even_s: Sequence[float], most: Sequence[float], duration_s: float, beats_s: Sequence[float]
) -> tuple[list[float], int]:
    """Changes, each moved to the beat nearest to it as far as shots and short views allow."""
    least = [min(LEAST_VIEW_S, length_s) for length_s in even_s]
    reach_s = _REACH * duration_s / len(most)
    changes: list[float] = []
    before_s, on_beat = 0.0, 0
    for place in range(len(most) - 1):
        change_s = sum(even_s[: place + 1])
        rest = slice(place + 1, None)
        first_s = max(before_s + least[place], duration_s - sum(most[rest]), change_s - reach_s)
        last_s = min(before_s + most[place], duration_s - sum(least[rest]), change_s + reach_s)
        near = [beat_s for beat_s in beats_s if first_s <= beat_s <= last_s]
        if near:
            before_s = min(near, key=partial(_apart, change_s))
            on_beat += 1
        else:
            before_s = max(min(change_s, last_s), first_s)
        changes.append(before_s)
    return changes, on_beat


def _apart(one_s: float, other_s: float) -> float:
    return abs(one_s - other_s)
