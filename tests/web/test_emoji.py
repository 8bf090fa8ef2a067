"""Emoji in titles and names of places are drawn in colours on both pages, by a real Chromium."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from appliance.daemon.web_server import WebServer
from tests.web.phone_place import PhonePlace
from tests.web.scripted_unit import UI_DIR, ScriptedUnit

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
EMOJI = "시장 🌸 ❤️ 🇰🇷"
COLOURFUL = 90
"""Between a pixel's channels; letters in black or white have none of it."""


def colourful_pixels(page: Page, text: str) -> int:
    """Of the text in the page's own font, black on white."""
    page.evaluate(
        """text => {
          const line = document.createElement('p');
          line.id = 'drawn-for-a-test';
          line.textContent = text;
          line.style = 'position:fixed;inset:0 auto auto 0;z-index:99;font-size:40px;'
            + 'padding:20px;color:#000;background:#fff';
          document.body.append(line);
        }""",
        text,
    )
    line = page.locator("#drawn-for-a-test")
    picture = cv2.imdecode(np.frombuffer(line.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    line.evaluate("line => line.remove()")
    assert picture is not None
    return int((np.ptp(picture.astype(np.int16), axis=2) > COLOURFUL).sum())


def test_the_panel_draws_emoji_in_their_colours(browser: Browser, tmp_path: Path) -> None:
    with ScriptedUnit(tmp_path, place="서울역") as unit:
        page = browser.new_page()
        page.goto(unit.page_url)
        assert colourful_pixels(page, "시장") == 0
        assert colourful_pixels(page, EMOJI) > 600
        page.close()


def test_the_phone_page_draws_emoji_in_their_colours(browser: Browser, tmp_path: Path) -> None:
    place = PhonePlace(tmp_path)
    server = WebServer(place.app(), "127.0.0.1", 0, 4, "phone")
    server.start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/")
    assert "Noto Color Emoji" in page.evaluate("getComputedStyle(document.body).fontFamily")
    assert colourful_pixels(page, "시장") == 0
    assert colourful_pixels(page, EMOJI) > 600
    page.close()
    server.stop()
    place.database.close()


def test_what_draws_emoji_is_installed_with_a_unit_and_with_the_demo() -> None:
    """Chromium has no font of its own; Debian's fonts-nanum has Korean and no emoji."""
    for name in ("systemd/packages.txt", "deploy.sh"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "fonts-nanum" in text, name
        assert "fonts-noto-color-emoji" in text, name
    demo = (ROOT / "deploy.sh").read_text(encoding="utf-8").partition("\ndemo() {")[2]
    assert "fonts-noto-color-emoji" in demo.partition("\n}")[0]


@pytest.mark.parametrize("style", ["panel/panel.css", "phone/phone.css"])
def test_emoji_come_last_so_that_digits_are_letters(style: str) -> None:
    """The font for emoji has digits, too."""
    css = (UI_DIR / style).read_text(encoding="utf-8")
    assert "sans-serif, " in css
    assert css.index("sans-serif") < css.index('"Noto Color Emoji"')
