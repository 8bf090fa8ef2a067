"""Gathers what the report's page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from appliance.cli.report_proof import proof_text
from appliance.config import Settings
from appliance.store.chain import head_of
from appliance.store.database import Database
from appliance.store.reports import ReportStore
from appliance.store.samples import SampleStore
from appliance.web.report.page import ReportFacts, render


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
    yield render(facts, language or ("en" if panel.language == "en" else "ko"))
