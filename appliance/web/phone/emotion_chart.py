"""The place's expressions over one day, as the numbers of a stacked area chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.domain import EMOTIONS
from appliance.store.records import EmotionCell, EmotionHour

LEAST_COUNT = 5
"""Fewer visits or fewer seconds could be somebody's own."""

WIDTH, HEIGHT = 340, 150
LEFT, RIGHT, TOP, BOTTOM = 4, 336, 8, 126
LEAST_HOURS = 6
"""Of the axis, so that a first hour does not fill the whole width."""

# From calm to lively, so that neighbours in the stack differ.
_ORDER = ("neutral", "happiness", "surprise", "sadness", "fear", "disgust", "anger")


@dataclass(frozen=True, slots=True)
class Area:
    """One emotion's layer."""

    emotion: str
    points: str
    """For SVG's ``polygon``."""
    share: float
    """Of all seconds shown, 0..1."""


@dataclass(frozen=True, slots=True)
class HourMark:
    x: float
    hour: int


@dataclass(frozen=True, slots=True)
class EmotionChart:
    areas: tuple[Area, ...]
    marks: tuple[HourMark, ...]

    @property
    def is_empty(self) -> bool:
        return not self.areas


def finished_chart(cells: Sequence[EmotionCell]) -> EmotionChart:
    """Of what at least ``LEAST_COUNT`` visits showed in an hour; the rest is left out whole.

    So no visitor stands alone behind a colour, and none appears between two looks at the page.
    """
    seconds: dict[int, dict[str, int]] = {}
    for cell in cells:
        if cell.visits >= LEAST_COUNT:
            seconds.setdefault(cell.hour, {})[cell.emotion] = cell.seconds
    return _stacked(seconds)


def emotion_chart(hours: Sequence[EmotionHour], visits: Mapping[int, int]) -> EmotionChart:
    """Stack the seconds of each hour; ``visits`` counts the visits behind them.

    Hours with fewer than ``LEAST_COUNT`` visits are left out whole: they would show single people
    (and somebody's own expression to them). So are emotions with fewer seconds than that.
    """
    return _stacked(
        {
            hour.hour: {
                emotion: count if count >= LEAST_COUNT else 0
                for emotion, count in zip(EMOTIONS, hour.seven, strict=True)
            }
            for hour in hours
            if visits.get(hour.hour, 0) >= LEAST_COUNT
        }
    )


def _stacked(seconds: Mapping[int, Mapping[str, int]]) -> EmotionChart:
    total = sum(sum(counts.values()) for counts in seconds.values())
    if total == 0:
        return EmotionChart((), ())
    first, last = _span(min(seconds), max(seconds))
    highest = max(sum(counts.values()) for counts in seconds.values())
    floor = [0] * (last - first)
    areas = []
    for emotion in _ORDER:
        counts = [seconds.get(hour, {}).get(emotion, 0) for hour in range(first, last)]
        if not any(counts):
            continue
        top = [low + count for low, count in zip(floor, counts, strict=True)]
        areas.append(Area(emotion, _steps(floor, top, highest), sum(counts) / total))
        floor = top
    step = 2 if last - first > 8 else 1
    marks = [HourMark(_x(h - first, last - first), h) for h in range(first, last + 1, step)]
    return EmotionChart(tuple(areas), tuple(marks))


def _span(first: int, last: int) -> tuple[int, int]:
    """First hour and the end (exclusive) of the axis."""
    missing = max(0, LEAST_HOURS - (last + 1 - first))
    first = min(max(0, first - (missing + 1) // 2), 24 - LEAST_HOURS) if missing else first
    return first, max(last + 1, first + LEAST_HOURS)


def _x(index: int, hours: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * index / hours, 1)


def _y(value: float, highest: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / highest, 1)


def _steps(low: Sequence[int], high: Sequence[int], highest: int) -> str:
    """Outline with one level step per hour: a count belongs to its hour, not to a point in time."""
    hours = len(low)
    upper = [
        (_x(index + side, hours), _y(high[index], highest))
        for index in range(hours)
        for side in (0, 1)
    ]
    lower = [
        (_x(index + side, hours), _y(low[index], highest))
        for index in reversed(range(hours))
        for side in (1, 0)
    ]
    return " ".join(f"{x},{y}" for x, y in upper + lower)
