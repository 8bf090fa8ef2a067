"""The report's page in Korean or English: facts in, one self-contained HTML text out."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.dates import format_date, format_datetime

from appliance.store.chain import Head
from appliance.store.records import EmotionHour
from appliance.store.reports import CampaignTotals, ClipTotals, HourOfDay, Satisfaction, VisitDay
from appliance.store.scores import wilson_interval
from appliance.web.phone.emotion_chart import LEAST_COUNT
from appliance.web.phone.words import Words
from appliance.web.report import charts
from appliance.web.report.templates import LOCALES, table_of, template

CLIPS_SHOWN = 20
"""Of the most played; the others are in the CSV report."""

CAMPAIGNS_SHOWN = 20
"""Of those shown longest; the others too."""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """All that the page shows, between two local dates (both included)."""

    first: dt.date
    last: dt.date
    unit_name: str
    place: str
    made_at: dt.datetime
    clips: Sequence[ClipTotals]
    campaigns: Sequence[CampaignTotals]
    hours: Sequence[HourOfDay]
    satisfaction: Sequence[Satisfaction]
    visits: Sequence[VisitDay]
    emotions: Sequence[EmotionHour]
    visits_by_hour: Mapping[int, int]
    played_days: int
    head: Head | None
    proof: str
    """For the ``meta`` element that ``report verify --against`` reads."""

    @property
    def plays(self) -> int:
        return sum(clip.plays for clip in self.clips)

    @property
    def completed(self) -> int:
        return sum(clip.completed for clip in self.clips)

    @property
    def shown_s(self) -> float:
        return sum(clip.shown_s for clip in self.clips)

    @property
    def watchers(self) -> int:
        return sum(day.watchers for day in self.visits)

    @property
    def visit_count(self) -> int:
        return sum(day.visits for day in self.visits)

    @property
    def dwell_s(self) -> float | None:
        return _mean([(day.dwell_s, day.visits) for day in self.visits])

    @property
    def attention_s(self) -> float | None:
        return _mean([(day.attention_s, day.visits) for day in self.visits])

    @property
    def answers(self) -> int:
        return sum(row.answers for row in self.satisfaction)

    @property
    def liked_share(self) -> float | None:
        likes = sum(row.likes for row in self.satisfaction)
        return likes / self.answers if self.answers else None

    @property
    def abstained_s(self) -> int:
        return sum(hour.abstained for hour in self.emotions)

    @property
    def estimated_s(self) -> int:
        return sum(sum(hour.seven) for hour in self.emotions)


def render(facts: ReportFacts, language: str) -> str:
    """The page; ``language`` is ``ko`` or ``en``."""
    locale = LOCALES[language]
    campaigns = _shown_longest(facts.campaigns)
    words = Words(language, table_of(language))

    def day(date: dt.date | str | None) -> str:
        date = dt.date.fromisoformat(date) if isinstance(date, str) else date
        pattern = "y년 M월 d일" if language == "ko" else "d MMMM y"
        return "" if date is None else format_date(date, pattern, locale=locale)

    def short_day(index: float) -> str:
        date = dt.date.fromisoformat(facts.visits[int(index)].local_date)
        return format_date(date, "M월 d일" if language == "ko" else "d MMM", locale=locale)

    def seconds(value: float | None) -> str:
        if value is None:
            return "–"
        return words("seconds", seconds=words.number(round(value, 1 if value < 100 else 0)))

    def span(value_s: float) -> str:
        """Hours or minutes, whichever is readable."""
        if value_s >= 36_000:
            return words("hours_long", n=words.number(round(value_s / 3600)))
        return words("minutes_long", n=words.number(round(value_s / 60)))

    return template("page.html").render(
        facts=facts,
        words=words,
        day=day,
        short_day=short_day,
        seconds=seconds,
        span=span,
        made_at=format_datetime(
            facts.made_at,
            "y년 M월 d일 HH:mm" if language == "ko" else "d MMMM y, HH:mm",
            locale=locale,
        ),
        charts=charts,
        hours=charts.hours_chart(facts.hours, facts.played_days),
        watchers=charts.watchers_chart(facts.visits),
        stay=charts.stay_chart(facts.visits),
        satisfaction=charts.satisfaction_rows(facts.satisfaction),
        emotions=charts.emotions_chart(facts.emotions, facts.visits_by_hour),
        wilson=wilson_interval,
        clips_shown=CLIPS_SHOWN,
        least_visits=LEAST_COUNT,
        campaigns=campaigns,
        most_s_per_hour=_most_s_per_hour(campaigns),
    )


def _shown_longest(campaigns: Sequence[CampaignTotals]) -> list[CampaignTotals]:
    """As many as the page shows, in their own order."""
    longest = heapq.nlargest(CAMPAIGNS_SHOWN, campaigns, key=lambda each: each.shown_s)
    kept = {each.campaign_id for each in longest}
    return [each for each in campaigns if each.campaign_id in kept]


def _most_s_per_hour(campaigns: Sequence[CampaignTotals]) -> float:
    """What the full width of the share-of-voice bars stands for."""
    values = [c.promised_s_per_hour or 0.0 for c in campaigns]
    return max([1.0, *values, *(c.delivered_s_per_hour or 0.0 for c in campaigns)])


def _mean(values: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in values if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
