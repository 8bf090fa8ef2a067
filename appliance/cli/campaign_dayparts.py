"""Dayparts as people write them: ``mon-fri 07:00-09:30``, ``sat,sun 22:00-02:00``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from appliance.cli.parameters import ParamType
from appliance.decision.dayparts import LONGEST_OVERNIGHT_MIN, first_overlap, length_min
from appliance.domain import Daypart
from appliance.errors import ContentError
from appliance.store.campaigns import time_text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLE = "write it as 'mon-fri 07:00-09:30', 'sat,sun 10:00-20:00' or 'daily 22:00-02:00'"

_DAYPART = re.compile(r"([a-z,-]+) +(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


class Dayparts(ParamType):
    """One line of the grammar: days, a space, a window; gives one ``Daypart`` for each day."""

    name = "days hh:mm-hh:mm"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Daypart, ...]:
        """Raises ContentError naming the part that is wrong."""
        return value if isinstance(value, tuple) else dayparts_of(str(value))


def dayparts_of(text: str) -> tuple[Daypart, ...]:
    """Raises ContentError naming the part that is wrong."""
    shown = repr(text[:60])
    found = _DAYPART.fullmatch(text.strip().lower())
    if found is None:
        raise ContentError(f"{shown} is no daypart; {EXAMPLE}")
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in found.groups()[1:])
    starts_min, ends_min = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if start_minute > 59 or end_minute > 59 or starts_min >= 1440 or ends_min > 1440:
        raise ContentError(f"{shown}: times run from 00:00 to 24:00")
    # 22:00-00:00 ends with the day as 22:00-24:00 does.
    ends_min = ends_min or 1440
    if starts_min == ends_min:
        raise ContentError(f"{shown}: the window is empty; the whole day is 00:00-24:00")
    window = Daypart(1, starts_min, ends_min)
    if starts_min > ends_min and length_min(window) > LONGEST_OVERNIGHT_MIN:
        raise ContentError(
            f"{shown}: would run overnight for {time_text(length_min(window))} hours; turn the"
            " times round, or write two windows up to 24:00 and from 00:00"
        )
    return tuple(Daypart(day, starts_min, ends_min) for day in _weekdays(found[1], shown))


def _weekdays(text: str, shown: str) -> tuple[int, ...]:
    if text == "daily":
        return tuple(range(1, 8))
    days: list[int] = []
    for part in text.split(","):
        ends = part.split("-")
        unknown = [end for end in ends if end not in DAYS]
        if unknown or len(ends) > 2:
            raise ContentError(
                f"{shown}: there is no day {(unknown or [part])[0]!r}; {', '.join(DAYS)} or daily"
            )
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        days += [(first + step) % 7 + 1 for step in range((last - first) % 7 + 1)]
    if len(set(days)) < len(days):
        raise ContentError(f"{shown}: names a day twice")
    return tuple(sorted(days))


def joined(parts: Sequence[tuple[Daypart, ...]]) -> tuple[Daypart, ...]:
    """All windows in the order of the week. Raises ContentError where two overlap."""
    dayparts = sorted(
        (daypart for part in parts for daypart in part),
        key=lambda daypart: (daypart.weekday, daypart.starts_min),
    )
    overlap = first_overlap(dayparts)
    if overlap is not None:
        one, other = (daypart_text((each,)) for each in overlap)
        raise ContentError(f"the dayparts '{one}' and '{other}' overlap; join or part them")
    return tuple(dayparts)


def daypart_text(dayparts: Sequence[Daypart]) -> str:
    """The grammar's shortest text for some windows; ``at any time`` for none."""
    windows: dict[tuple[int, int], list[int]] = {}
    for daypart in dayparts:
        windows.setdefault((daypart.starts_min, daypart.ends_min), []).append(daypart.weekday)
    texts = []
    for (starts_min, ends_min), weekdays in windows.items():
        texts.append(f"{_days_text(weekdays)} {time_text(starts_min)}-{time_text(ends_min)}")
    return "; ".join(texts) or "at any time"


def _days_text(weekdays: Sequence[int]) -> str:
    if len(weekdays) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in sorted(weekdays):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = []
    for run in runs:
        first, last = DAYS[run[0] - 1], DAYS[run[-1] - 1]
        names.append(first if len(run) == 1 else f"{first}-{last}")
    return ",".join(names)
