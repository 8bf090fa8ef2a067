"""The place's latest day as passers-by may see it: finished hours, by how many contributed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from appliance.store.samples import SETTLED_S, SampleStore
from appliance.web.phone.emotion_chart import EmotionChart, finished_chart


@dataclass(frozen=True, slots=True)
class PlaceDay:
    """The chart, and the local day that it is of."""

    chart: EmotionChart
    day: dt.date


def place_day(samples: SampleStore, now: dt.datetime) -> PlaceDay:
    """``now`` is aware and local. While today has nothing to show it is the day before."""
    today = now.date()
    for day in (today, today - dt.timedelta(days=1)):
        chart = finished_chart(samples.contributed(day.isoformat(), finished_hours(day, now)))
        if not chart.is_empty:
            return PlaceDay(chart, day)
    return PlaceDay(EmotionChart((), ()), today)


def finished_hours(day: dt.date, now: dt.datetime) -> int:
    """How many hours of ``day`` are over and settled."""
    settled = now - dt.timedelta(seconds=SETTLED_S)
    if settled.date() > day:
        return 24
    return settled.hour if settled.date() == day else 0
