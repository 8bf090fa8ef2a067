"""Gathers what the report's page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from appliance.cli.report_proof import proof_text
from appliance.cli.report_unit import unit_of
from appliance.config import Settings
from appliance.store.chain import head_of
from appliance.store.database import Database
from appliance.store.report_filter import Wanted
from appliance.store.reports import ReportStore
from appliance.store.samples import SampleStore
from appliance.web.report.page import ReportFacts, render
from appliance.web.report.proof_page import ProofFacts, render_proof


def proof_page(
    settings: Settings,
    database: Database,
    first: dt.date,
    last: dt.date,
    language: str | None,
    wanted: Wanted,
    whose: str,
) -> Iterator[str]:
    """What was played for one campaign or advertiser, in one part."""
    days = (first.isoformat(), last.isoformat())
    reports, head = ReportStore(database), head_of(database)
    facts = ProofFacts(
        first=first,
        last=last,
        whose=whose,
        unit=unit_of(settings, database).columns,
        made_at=dt.datetime.now().astimezone(),
        campaigns=reports.campaigns(*days, wanted),
        clips=reports.clips(*days, wanted),
        days=reports.played_days(*days, wanted),
        head=head,
        proof=proof_text(head),
    )
    yield render_proof(facts, language or _language(settings))


def as_html(
    settings: Settings, database: Database, first: dt.date, last: dt.date, language: str | None
) -> Iterator[str]:
    """The page, in one part; ``language`` None: the panel's."""
    days = (first.isoformat(), last.isoformat())
    reports, samples = ReportStore(database), SampleStore(database)
    panel = settings.panel
    facts = ReportFacts(
        first=first,
        last=last,
        unit_name=panel.unit_name,
        place=panel.place,
        made_at=dt.datetime.now().astimezone(),
        clips=reports.clips(*days),
        campaigns=reports.campaigns(*days),
        hours=reports.hours_of_day(*days),
        satisfaction=reports.satisfaction(*days),
        visits=reports.visits(*days),
        emotions=samples.emotions_by_hour(*days),
        visits_by_hour=samples.visits_by_hour(*days),
        played_days=len(reports.days(*days)),
        head=head_of(database),
        proof=proof_text(head_of(database)),
    )
    yield render(facts, language or _language(settings))


def _language(settings: Settings) -> str:
    """The panel's."""
    return "en" if settings.panel.language == "en" else "ko"
