"""Weekly windows by the local wall clock: what lies in one, how much of them has gone by.

All here is arithmetic on what a clock on the wall shows, so that a window from seven to nine
means seven to nine on the days on which the clocks are changed, too. Where an hour is shown
twice it counts as the same hour twice; one that is left out is never reached.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from appliance.domain import Daypart

DAY_MIN = 1440
WEEK_MIN = 7 * DAY_MIN
LONGEST_OVERNIGHT_MIN = 720
"""A window that runs into the next day for longer was most likely written the wrong way round."""


def length_min(daypart: Daypart) -> int:
    """Minutes on the wall clock."""
    return (daypart.ends_min - daypart.starts_min) % DAY_MIN or DAY_MIN


def wall_min(local: dt.datetime) -> float:
    """Minutes after midnight that the wall clock shows."""
    return local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 6e7


def started_on(daypart: Daypart, local: dt.datetime) -> dt.date | None:
    """The day on which the window that holds ``local`` started; None: it is outside."""
    today, minute = local.date(), wall_min(local)
    weekday = today.isoweekday()
    end = daypart.starts_min + length_min(daypart)
    if weekday == daypart.weekday and daypart.starts_min <= minute < end:
        return today
    # The year 1 has no yesterday; no unit will be asked.
    if weekday == daypart.weekday % 7 + 1 and minute + DAY_MIN < end:
        return today - dt.timedelta(days=1)
    return None


def first_overlap(dayparts: Sequence[Daypart]) -> tuple[Daypart, Daypart] | None:
    """Two windows that share a moment of the week, if any do."""
    pieces: list[tuple[int, int, Daypart]] = []
    for daypart in dayparts:
        start = (daypart.weekday - 1) * DAY_MIN + daypart.starts_min
        end = start + length_min(daypart)
        pieces.append((start, min(end, WEEK_MIN), daypart))
        if end > WEEK_MIN:
            pieces.append((0, end - WEEK_MIN, daypart))
    pieces.sort(key=lambda piece: piece[:2])
    for (_, end, before), (start, _, after) in pairwise(pieces):
        if start < end:
            return before, after
    return None


class WeekPattern:
    """A set of windows, and how many minutes of them have gone by; no windows: all day long."""

    def __init__(self, dayparts: Sequence[Daypart]) -> None:
        self._windows: tuple[list[tuple[int, int]], ...] = tuple([] for _ in range(7))
        self._is_always = not dayparts
        for day in range(7):
            if self._is_always:
                self._windows[day].append((0, DAY_MIN))
        for daypart in dayparts:
            start = daypart.starts_min
            self._windows[daypart.weekday - 1].append((start, start + length_min(daypart)))
        self.day_totals_min = tuple(
            sum(end - start for start, end in windows) for windows in self._windows
        )
        """Minutes of the windows that start on Monday, Tuesday, ..."""

    def started_on(self, local: dt.datetime) -> tuple[bool, bool]:
        """Whether a window that started yesterday, and one that started today, is open."""
        minute, day = wall_min(local), local.weekday()
        yesterday = any(minute + DAY_MIN < end for _, end in self._windows[day - 1])
        today = any(start <= minute < end for start, end in self._windows[day])
        return yesterday, today

    def gone_min(self, local: dt.datetime) -> tuple[float, float]:
        """Minutes gone by of the windows that started yesterday, and of today's."""
        minute, day = wall_min(local), local.weekday()
        return (
            _gone(self._windows[day - 1], minute + DAY_MIN),
            _gone(self._windows[day], minute),
        )

    def gone_this_hour_min(self, local: dt.datetime) -> tuple[float, float]:
        """The same, of what has gone by since the wall clock's last full hour."""
        minute, day = wall_min(local), local.weekday()
        hour = minute // 60 * 60
        yesterday, today = self._windows[day - 1], self._windows[day]
        return (
            _gone(yesterday, minute + DAY_MIN) - _gone(yesterday, hour + DAY_MIN),
            _gone(today, minute) - _gone(today, hour),
        )


def _gone(windows: Sequence[tuple[int, int]], minute: float) -> float:
    return sum(min(max(minute - start, 0.0), end - start) for start, end in windows)
