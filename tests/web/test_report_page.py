"""The report's page: one file that asks for nothing, in two languages, on screen and phone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from appliance.domain import ClipKind, Expression
from appliance.store.chain import Head
from appliance.store.records import EmotionHour
from appliance.store.reports import CampaignTotals, ClipTotals, HourOfDay, Satisfaction, VisitDay
from appliance.web.report import charts
from appliance.web.report.page import ReportFacts, render

FACTS = ReportFacts(
    first=dt.date(2026, 3, 1),
    last=dt.date(2026, 3, 31),
    unit_name="Maum Signage",
    place="서울역 <b>버스</b> 정류장",
    made_at=dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC),
    clips=[
        ClipTotals(1, "Sea <script>alert(1)</script>", ClipKind.HEALING, 90, 81, 1, 900.0, 20, 15),
        ClipTotals(2, "꽃집 '봄날'", ClipKind.AD, 10, 9, 0, 120.0, 0, 0),
    ],
    campaigns=[
        CampaignTotals(1, "Spring", "Flowers", None, None, 10, 9, 120.0, 0, 0, 40, 60.0, 10),
        CampaignTotals(7, None, None, None, None, 3, 3, 30.0, 0, 0, None, None, 10),
    ],
    hours=[HourOfDay(9, 60, 5), HourOfDay(18, 30, 5)],
    satisfaction=[Satisfaction(Expression.HAPPY, 12, 15), Satisfaction(None, 3, 5)],
    visits=[VisitDay("2026-03-01", 7, 9, 12.0, 8.0), VisitDay("2026-03-31", 3, 3, None, None)],
    emotions=[EmotionHour(9, (30, 20, 10, 0, 0, 0, 0), (20, 30, 10), 14, "2026-03-01")],
    visits_by_hour={9: 8},
    played_days=2,
    head=Head(200, 200, "ab" * 32, "2026-03-31"),
    proof="200;200;2026-03-31;" + "ab" * 32,
)
EMPTY = dataclasses.replace(
    FACTS, clips=[], campaigns=[], hours=[], satisfaction=[], visits=[], emotions=[],
    visits_by_hour={}, played_days=0, head=None, place="",
)  # fmt: skip


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("facts", [FACTS, EMPTY], ids=["full", "empty"])
def test_nothing_is_asked_of_anybody(
    browser: Browser, tmp_path: Path, language: str, facts: ReportFacts
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(facts, language), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    width = page.evaluate("document.documentElement.scrollWidth")
    text = page.inner_text("body")
    page.close()
    assert asked == [file.as_uri()]
    assert said == []
    assert width == 390
    assert ("추정값" in text) == (language == "ko")


def test_what_the_facts_say_is_what_is_shown() -> None:
    page = render(FACTS, "en")
    for expected in (
        "1 March 2026 to 31 March 2026",
        ">100</dd>",
        "90% shown to the end",
        "in 10 visits",
        "75%",
        "12 s per hour",
        "60 s promised",
        "10 of 40 plays",
        "removed campaign 7",
        "In 14 of 74 observed seconds",
    ):
        assert expected in page, expected


def test_titles_are_text_not_markup() -> None:
    page = render(FACTS, "ko")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_fields_words() -> None:
    for language in ("ko", "en"):
        for word in ("audience", "OTS", "certified", "인증"):
            assert not re.search(rf"\b{word}\b", render(FACTS, language), re.IGNORECASE)


def test_hours_of_few_visits_show_nobody() -> None:
    assert charts.emotions_chart(FACTS.emotions, {9: 4}).is_empty
    assert not charts.emotions_chart(FACTS.emotions, {9: 5}).is_empty


@given(
    st.lists(st.tuples(st.floats(0, 1e6, allow_subnormal=False), st.floats(0, 1e6)), max_size=400)
)
def test_bars_stay_inside_the_drawing(values: list[tuple[float, float]]) -> None:
    visits = [
        VisitDay("2026-03-01", 1, round(dwell), dwell, attention) for dwell, attention in values
    ]
    for chart in (charts.stay_chart(visits), charts.watchers_chart(visits)):
        for bar in chart.bars:
            assert chart.left <= bar.x <= bar.x + bar.width <= charts.RIGHT + 0.02
            assert charts.TOP - 0.02 <= bar.y <= bar.y + bar.height <= charts.BOTTOM + 0.02
        assert 2 <= len(chart.levels) <= 7
        assert chart.levels[-1].value >= chart.highest * (1 - 1e-9)


def test_intervals_are_ordered() -> None:
    for row in charts.satisfaction_rows(FACTS.satisfaction):
        assert row.low_x < row.share_x < row.high_x
        assert row.low < row.share < row.high


def test_large_numbers_have_room(browser: Browser, tmp_path: Path) -> None:
    """On a phone, in the longer language: no number is cut off, none lies on the 100 % line."""
    days = [VisitDay(f"2026-03-{day:02d}", 9, 654_321, 12.0, 8.0) for day in (1, 2, 31)]
    answers = [Satisfaction(Expression.HAPPY, 12_000, 23_456)]
    facts = dataclasses.replace(FACTS, visits=days, satisfaction=answers)
    (tmp_path / "report.html").write_text(render(facts, "en"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "report.html").as_uri())
    boxes = page.evaluate(
        "[...document.querySelectorAll('svg text')].map(text => {"
        " const box = text.getBBox(), all = text.ownerSVGElement.viewBox.baseVal;"
        " return [text.textContent, box.x, box.x + box.width, all.width]; })"
    )
    page.close()
    assert "800,000" in [text for text, *_ in boxes]
    for text, left, right, width in boxes:
        assert left >= 0, text
        assert right <= width, text
        if "answers" in text:
            assert left > charts.track_x(1), text


def test_of_many_campaigns_those_shown_longest() -> None:
    campaigns = [
        CampaignTotals(each, f"C{each}", "x", None, None, 1, 1, float(each % 30), 0, 0, None, 60, 9)
        for each in range(1, 31)
    ]
    page = render(dataclasses.replace(FACTS, campaigns=campaigns), "en")
    shown = re.findall(r'class="who">(C\d+)', page)
    assert shown == [f"C{each}" for each in range(10, 30)]
    assert "The 20 shown longest of 30 campaigns" in page
    assert "shown longest of" not in render(FACTS, "en")
