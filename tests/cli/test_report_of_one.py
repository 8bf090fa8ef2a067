"""One advertiser's proof of last month: its plays alone, as rows that say whose they are."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from appliance.cli.report import _period, report
from appliance.domain import Clip, ClipKind
from appliance.store.database import Database, open_database
from tests.cli.conftest import Type
from tests.store.history import History

RANGE = ("--from", "2026-03-10", "--to", "2026-03-10")


@pytest.fixture
def typed(run_command: Callable[..., Type]) -> Type:
    return run_command(report)


@pytest.fixture
def spot(database: Database, history: History) -> Clip:
    """Played twice for Spring of Flowers, once for Bread, once for nobody; one clip is theirs."""
    for name, advertiser in (("Spring", 'Flowers, "Inc"'), ("Buns", "Bread")):
        day = {"starts_on": "2026-03-01", "ends_on": "2026-03-31"}
        database.insert("campaigns", {"name": name, "advertiser": advertiser, **day})
    spot = history.add_clip(kind=ClipKind.AD, title="Tulips")
    for campaign_id in (1, 1, 2):
        history.play(spot, 1, campaign_id=campaign_id)
    history.play(history.add_clip(title="Sea"), 0)
    history.play(history.add_clip(title="Roses", advertiser='Flowers, "Inc"'), None)
    return spot


def rows(typed: Type, *arguments: str) -> list[dict[str, str]]:
    status, printed = typed(*arguments, *RANGE, "--format", "csv")
    assert status == 0, printed
    return list(csv.DictReader(io.StringIO(printed)))


def test_plays_of_an_advertiser_alone(typed: Type, spot: Clip) -> None:
    found = rows(typed, "plays", "--advertiser", 'flowers, "inc"')
    assert [row["title"] for row in found] == ["Tulips", "Tulips", "Roses"]
    tulips = found[0]
    assert (tulips["campaign"], tulips["campaign_name"]) == ("1", "Spring")
    assert tulips["advertiser"] == 'Flowers, "Inc"'
    assert (tulips["film_sha256"], tulips["watchers"]) == (spot.sha256, "2")
    assert (tulips["shown_in"], tulips["unit"]) == ("show", "Maum Signage")


@pytest.mark.parametrize("campaign", ["Buns", "buns", "2"])
def test_every_report_of_a_campaign_alone(typed: Type, spot: Clip, campaign: str) -> None:
    assert len(rows(typed, "plays", "--campaign", campaign)) == 1
    (clip,) = rows(typed, "clips", "--campaign", campaign)
    assert (clip["plays"], clip["campaigns"], clip["film_sha256"]) == ("1", "2", spot.sha256)
    (row,) = rows(typed, "campaigns", "--campaign", campaign)
    assert (row["name"], row["plays"], row["film_sha256"]) == ("Buns", "1", spot.sha256)
    assert "Tulips" in typed("plays", *RANGE, "--campaign", campaign)[1]


def test_rows_of_two_units_can_lie_together(typed: Type, spot: Clip, database: Database) -> None:
    (unit_id,) = database.rows("SELECT value FROM meta WHERE key = 'unit_id'")
    assert len(unit_id["value"]) == 16
    for subject in ("plays", "clips", "campaigns", "emotions"):
        assert all(row["unit_id"] == unit_id["value"] for row in rows(typed, subject))
        answer = json.loads(typed(subject, *RANGE, "--format", "json")[1])
        assert all(row["unit_id"] == unit_id["value"] for row in answer["rows"])
        assert all(row["place"] == "" for row in answer["rows"])


def test_another_unit_has_another_id(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        with open_database(tmp_path / name) as database:
            ids.add(database.rows("SELECT value FROM meta WHERE key = 'unit_id'")[0]["value"])
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--campaign", "Sprnig"), "there is no campaign 'Sprnig'; did you mean 'Spring'?"),
        (("--campaign", "77"), "there is no campaign '77'"),
        (("--advertiser", "Bred"), "did you mean 'Bread'?"),
        (("--campaign", "Spring", "--advertiser", "Bread"), "is not of 'Bread'"),
        (("--last-month",), "leave out --from and --to"),
    ],
)
def test_who_is_not_there_is_one_line(
    typed: Type, spot: Clip, arguments: tuple[str, ...], said: str
) -> None:
    status, printed = typed("plays", *RANGE, *arguments)
    assert status == 1
    assert said in printed


def test_last_month_is_whole() -> None:
    first, last = _period(None, None, True)
    assert first.day == 1
    assert (last + dt.timedelta(days=1)).day == 1
    assert last.month != dt.datetime.now().astimezone().month


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_is_theirs_alone_and_prints_on_a4(
    typed: Type, spot: Clip, tmp_path: Path, browser: Browser, language: str
) -> None:
    file = tmp_path / "proof.html"
    words = ("--advertiser", "Bread", "--format", "html", "--language", language, "-o", str(file))
    assert typed("plays", *RANGE, *words)[0] == 0
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(file.as_uri())
    text = page.inner_text("body")
    width = page.evaluate("document.documentElement.scrollWidth")
    pdf = page.pdf(prefer_css_page_size=True)
    page.close()
    assert "Bread" in text
    assert spot.sha256 in text
    assert "Flowers" not in text
    assert "Sea" not in text
    assert width == 390
    assert b"/Count 1" in pdf
