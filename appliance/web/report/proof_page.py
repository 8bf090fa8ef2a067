"""The proof of play of one campaign or advertiser, as a page to print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.dates import format_date, format_datetime

from appliance.store.chain import Head
from appliance.store.reports import CampaignTotals, ClipTotals, PlayedDay
from appliance.web.phone.words import Words
from appliance.web.report.templates import LOCALES, table_of, template


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """All that the page shows, between two local dates (both included)."""

    first: dt.date
    last: dt.date
    whose: str
    """The campaign's or advertiser's name."""
    unit: Mapping[str, str]
    """``unit``, ``unit_id`` and ``place``."""
    made_at: dt.datetime
    campaigns: Sequence[CampaignTotals]
    clips: Sequence[ClipTotals]
    days: Sequence[PlayedDay]
    head: Head | None
    proof: str
    """For the ``meta`` element that ``report verify --against`` reads."""

    @property
    def plays(self) -> int:
        return sum(day.plays for day in self.days)

    @property
    def completed(self) -> int:
        return sum(day.completed for day in self.days)

    @property
    def shown_s(self) -> float:
        return sum(day.shown_s for day in self.days)


def render_proof(facts: ProofFacts, language: str) -> str:
    """The page; ``language`` is ``ko`` or ``en``."""
    locale = LOCALES[language]
    is_korean = language == "ko"

    def day(date: dt.date | str | None) -> str:
        date = dt.date.fromisoformat(date) if isinstance(date, str) else date
        pattern = "y년 M월 d일" if is_korean else "d MMMM y"
        return "" if date is None else format_date(date, pattern, locale=locale)

    pattern = "y년 M월 d일 HH:mm" if is_korean else "d MMMM y, HH:mm"
    return template("proof.html").render(
        facts=facts,
        words=Words(language, table_of(language)),
        day=day,
        made_at=format_datetime(facts.made_at, pattern, locale=locale),
    )
