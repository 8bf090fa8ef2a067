"""Only the unit's own page speaks for its screen, and a page that hangs is noticed."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Browser

from tests.conftest import CHROMIUM, chromium_arguments
from tests.end_to_end.unit_process import UnitProcess

pytestmark = pytest.mark.end_to_end


def renderers() -> set[psutil.Process]:
    """Of the browsers that this process has started."""
    return {
        process
        for process in psutil.Process().children(recursive=True)
        if "--type=renderer" in process.cmdline()
    }


def begun(unit: UnitProcess) -> int:
    return int(unit.rows("SELECT count(*) AS n FROM play_events WHERE event = 'playing'")[0]["n"])


def test_other_programs_and_pages_prove_nothing(tmp_path: Path, browser: Browser) -> None:
    with UnitProcess(tmp_path, "builtin", {"session": {"show_kinds": ["ad"]}}) as unit:
        play = unit.snapshot()["play"]
        report = {"play_id": play["id"], "event": "playing", "position_s": 0.0}
        url = f"{unit.panel_url}/playback"
        for key in ({}, {"X-Page-Key": "0" * 32}):
            assert requests.post(url, json=report, headers=key, timeout=5).status_code == 403
        page = browser.new_page()
        page.goto(unit.panel_url)
        unit.wait_for(lambda: page.evaluate("window.__maum?.frontPlayId"), "a clip on the page")
        assert "View only" in page.inner_text("#looks-on")
        assert begun(unit) == 0
        assert unit.status()["reports_refused"] == 2
        # The same browser with the key: it plays, and what it reports is proof.
        page.goto(unit.page_url)
        page.reload()
        unit.wait_for(lambda: begun(unit) > 0, "a play on record")
        assert page.inner_text("#looks-on") == ""
        assert "#" not in page.url
        upcoming = unit.wait_for(lambda: unit.snapshot()["next_play"], "the next clip")
        late = {"play_id": upcoming["id"], "event": "ended", "position_s": 86_400.0}
        answer = unit.post("/playback", late)
        assert (answer.status_code, answer.json()) == (
            409,
            {"error": "that clip has not been on the screen"},
        )
        page.close()


def test_a_page_that_hangs_is_noticed_whatever_else_listens(
    tmp_path: Path, browser: Browser
) -> None:
    """Its renderer is stopped as a whole; a second page and a program go on listening."""
    others = renderers()
    own = browser.browser_type.launch(executable_path=CHROMIUM, args=chromium_arguments())
    with UnitProcess(tmp_path, "builtin") as unit:
        page = own.new_page()
        page.goto(unit.page_url)
        unit.wait_for(lambda: begun(unit) > 0, "a play on record")
        unit.wait_for(lambda: unit.status()["page_silent_s"] < 4, "the page's frames")
        stopped = renderers() - others
        other = browser.new_page()
        other.goto(unit.panel_url)
        with requests.get(f"{unit.panel_url}/events", stream=True, timeout=30):
            for process in stopped:
                process.send_signal(signal.SIGSTOP)
            try:
                unit.wait_for(
                    lambda: unit.status()["troubles"] == ["page-silent"], "the trouble", 40
                )
                assert unit.status()["pages"] >= 2
                metrics = requests.get(f"{unit.panel_url}/metrics", timeout=5).text
                assert float(metrics.split("\nmaum_page_silent_seconds ")[1].split()[0]) >= 20
            finally:
                for process in stopped:
                    process.send_signal(signal.SIGCONT)
            unit.wait_for(lambda: unit.status()["troubles"] == [], "the page again")
        other.close()
        own.close()
