"""The report's figures as the numbers of small SVG drawings (every ``viewBox`` is 360 wide)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.domain import EMOTIONS
from appliance.store.records import EmotionHour
from appliance.store.reports import HourOfDay, Satisfaction, VisitDay
from appliance.store.scores import wilson_interval
from appliance.web.phone.emotion_chart import EmotionChart, emotion_chart

WIDTH, HEIGHT = 360, 170
RIGHT, TOP, BOTTOM = 356, 10, 142
LEAST_LEFT, DIGIT_WIDTH = 34.0, 6.6
"""Room for the y axis' numbers, and of one of their digits."""
GAP_SHARE = 0.22
"""Of a bar's place that stays empty."""
WIDEST_BAR = 40

TRACK_LEFT, TRACK_RIGHT = 92, 258
"""Of the satisfaction chart: 0 and 100 %."""
ROW_HEIGHT, FIRST_ROW = 34, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a column, drawn from the top down."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    """CSS class."""


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    """x or y."""
    value: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Columns over hours (0..24) or days (index)."""

    bars: tuple[Bar, ...]
    left: float
    """Where the drawing begins, right of the y axis' numbers."""
    levels: tuple[Tick, ...]
    """Of the y axis; values in the chart's own unit."""
    marks: tuple[Tick, ...]
    """Of the x axis."""
    highest: float


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of the satisfaction chart."""

    name: str
    y: float
    low_x: float
    share_x: float
    high_x: float
    share: float
    low: float
    high: float
    answers: int


def hours_chart(hours: Sequence[HourOfDay], days: int) -> BarChart:
    """Plays per hour of the day, the mean of ``days`` days; healing below, advertising on top."""
    per = max(1, days)
    columns = [[("healing", 0.0), ("ad", 0.0)] for _ in range(24)]
    for hour in hours:
        columns[hour.hour] = [("healing", hour.healing / per), ("ad", hour.ad / per)]
    return _columns(columns, [0, 6, 12, 18, 24])


def watchers_chart(visits: Sequence[VisitDay]) -> BarChart:
    """Watchers per day."""
    return _columns([[("watchers", float(day.watchers))] for day in visits], _day_marks(visits))


def stay_chart(visits: Sequence[VisitDay]) -> BarChart:
    """Mean seconds per day: attention, and on top what dwell adds to it."""
    columns = []
    for day in visits:
        dwell, attention = day.dwell_s or 0.0, day.attention_s or 0.0
        attention = min(attention, dwell)
        columns.append([("attention", attention), ("dwell", dwell - attention)])
    return _columns(columns, _day_marks(visits))


def _day_marks(visits: Sequence[VisitDay]) -> list[int]:
    """First and last day; between them nothing, for dates are wide."""
    return sorted({0, len(visits) - 1}) if visits else []


def _columns(columns: Sequence[Sequence[tuple[str, float]]], marks: Sequence[int]) -> BarChart:
    highest = max((sum(value for _, value in column) for column in columns), default=0.0)
    step = _nice_step(highest)
    top = max(step, math.ceil(highest / step - 1e-9) * step)
    levels = [n * step for n in range(round(top / step) + 1)]
    digits = max(len(f"{level:,.10g}") for level in levels)
    left = max(LEAST_LEFT, 8 + DIGIT_WIDTH * digits)
    place = (RIGHT - left) / max(1, len(columns))
    bars = []
    for index, column in enumerate(columns):
        floor = float(BOTTOM)
        for kind, value in column:
            height = (BOTTOM - TOP) * value / top
            if height <= 0:
                continue
            floor -= height
            width = min(place * (1 - GAP_SHARE), WIDEST_BAR)
            x = left + place * (index + 0.5) - width / 2
            bars.append(Bar(round(x, 2), round(floor, 2), round(width, 2), round(height, 2), kind))
    is_hours = len(columns) == 24 and marks[-1:] == [24]
    return BarChart(
        tuple(bars),
        round(left, 2),
        tuple(Tick(round(BOTTOM - (BOTTOM - TOP) * level / top, 2), level) for level in levels),
        tuple(Tick(round(left + place * (m if is_hours else m + 0.5), 2), m) for m in marks),
        highest,
    )


def _nice_step(highest: float) -> float:
    """1, 2 or 5 times a power of ten, so that two to five lines are drawn."""
    if highest <= 0:
        return 1.0
    rough = highest / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))


def satisfaction_rows(rows: Sequence[Satisfaction]) -> tuple[Interval, ...]:
    """Shares that were satisfied, with Wilson's 95 % interval."""
    intervals = []
    for index, row in enumerate(row for row in rows if row.answers):
        low, high = wilson_interval(row.likes, row.answers)
        share = row.likes / row.answers
        name = "abstained" if row.expression is None else row.expression.name.lower()
        intervals.append(
            Interval(
                name,
                FIRST_ROW + ROW_HEIGHT * index,
                track_x(low),
                track_x(share),
                track_x(high),
                share,
                low,
                high,
                row.answers,
            )
        )
    return tuple(intervals)


def track_x(share: float) -> float:
    return round(TRACK_LEFT + (TRACK_RIGHT - TRACK_LEFT) * share, 1)


def emotions_chart(hours: Sequence[EmotionHour], visits: Mapping[int, int]) -> EmotionChart:
    """All days together as one day; hours with few visits are hidden, as on the phone page."""
    summed: dict[int, list[int]] = {}
    for hour in hours:
        seconds = summed.setdefault(hour.hour, [0] * len(EMOTIONS))
        for place, value in enumerate(hour.seven):
            seconds[place] += value
    return emotion_chart(
        [EmotionHour(hour, tuple(seven), (0, 0, 0)) for hour, seven in sorted(summed.items())],
        visits,
    )
