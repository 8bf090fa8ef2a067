"""Words on the panel read from two metres: size and contrast, measured in what Chromium draws."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import Browser, Page

from appliance.domain import ClipKind, Screen
from tests.web.scripted_unit import ScriptedUnit, a_starter_play

pytestmark = pytest.mark.end_to_end

LINK = "http://192.168.0.12:8081/c/AAECAwQFBgcICQoLDA0ODw.aR8xYQ.4yKQX0gmLx7s5Jq2o3n8tU1vWzE"
LEAST_CONTRAST = 7.0
# A quarter of the panel is enough: everything is measured on the short side.
PRIVACY = ("#privacy-text", "#pause")
WORDS = {
    Screen.HEALING: ("#notice-words", "#place-line"),
    Screen.SHOW: ("#notice-words", "#title", "#advertiser"),
    Screen.RATING: ("#notice-words", "#question", '.answer[data-value="1"] span'),
    Screen.QR: ("#notice-words", "#qr-words", "#qr-address"),
}

LINES = """selector => {
  const lines = [];
  const walk = document.createTreeWalker(document.querySelector(selector), NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text !== null; text = walk.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(text);
    const style = getComputedStyle(text.parentElement);
    let opacity = 1;
    for (let node = text.parentElement; node; node = node.parentElement) {
      opacity *= Number(getComputedStyle(node).opacity);
    }
    for (const box of range.getClientRects()) {
      lines.push({text: text.data, color: style.color, size: parseFloat(style.fontSize), opacity,
                  x: box.x, y: box.y, right: box.right, bottom: box.bottom});
    }
  }
  return lines;
}"""

HIDE_WORDS = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("* { -webkit-text-fill-color: transparent !important; }");
  document.adoptedStyleSheets = [sheet];
}"""


@pytest.fixture(scope="module")
def white_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The brightest clip there can be."""
    folder = tmp_path_factory.mktemp("clips")
    source = "color=white:s=320x180:r=5:d=120"
    subprocess.run(
        [*("ffmpeg", "-v", "error", "-f", "lavfi", "-i", source), folder / "white.mp4"], check=True
    )
    return folder


@pytest.fixture
def unit(white_clip: Path) -> Iterator[ScriptedUnit]:
    with ScriptedUnit(white_clip, language="both", place="서울역") as unit:
        yield unit


def luminance(rgb: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Relative luminance of sRGB values 0…255 (WCAG 2.2)."""
    values = np.asarray(rgb, np.float64) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722], np.float64)


def least_contrast(line: dict[str, Any], ground: npt.NDArray[np.uint8]) -> float:
    """Of a line's colour against the pixel behind it that makes it hardest to read (WCAG 2.2)."""
    rows = slice(max(0, int(line["y"])), int(line["bottom"]))
    columns = slice(max(0, int(line["x"])), int(line["right"]))
    behind = ground[rows, columns].reshape(-1, 3).astype(np.float64)
    ink = np.array([float(part) for part in line["color"][4:-1].split(",")])
    drawn = line["opacity"] * ink + (1 - line["opacity"]) * behind
    pair = np.sort(np.stack([luminance(drawn), luminance(behind)]), axis=0)
    return float(((pair[1] + 0.05) / (pair[0] + 0.05)).min())


def ground_of(page: Page) -> npt.NDArray[np.uint8]:
    """What lies behind the words (RGB): the screen with the words taken away."""
    page.evaluate(HIDE_WORDS)
    pixels = np.frombuffer(page.screenshot(), np.uint8)
    page.evaluate("() => { document.adoptedStyleSheets = []; }")
    picture = cv2.imdecode(pixels, cv2.IMREAD_COLOR_RGB)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def assert_legible(page: Page, selectors: tuple[str, ...], short_side_px: int) -> None:
    page.wait_for_timeout(400)  # screens fade
    ground = ground_of(page)
    for selector in selectors:
        lines = page.evaluate(LINES, selector)
        assert lines, selector
        for line in lines:
            assert line["size"] >= short_side_px / 36 - 0.01, line
            contrast = least_contrast(line, ground)
            assert contrast >= LEAST_CONTRAST, (selector, round(contrast, 2), line)


@pytest.mark.parametrize("size", [(960, 540), (540, 960)], ids=["landscape", "portrait"])
def test_words_over_a_white_clip_have_a_contrast_of_7_and_their_least_size(
    unit: ScriptedUnit, browser: Browser, size: tuple[int, int]
) -> None:
    play = a_starter_play(
        1, "white", kind=ClipKind.AD, thumbnail=None, advertiser="온기 베이커리 (예시)"
    )
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, has_touch=True)
    try:
        unit.show(troubles=("no-clips",))
        page.goto(unit.page_url)
        page.wait_for_function("() => document.body.dataset.screen === 'trouble'")
        assert_legible(page, ("#notice-words", "#unit-name", "#trouble-line"), min(size))
        unit.show(troubles=(), play=play)
        page.wait_for_function("id => window.__maum?.frontPlayId === id", arg=play.id)
        page.wait_for_timeout(500)
        for screen, selectors in WORDS.items():
            unit.ask(screen, 60, qr_url=LINK if screen is Screen.QR else None)
            page.wait_for_function("name => document.body.dataset.screen === name", arg=screen)
            assert_legible(page, selectors, min(size))
        page.locator("#notice").dispatch_event("pointerdown")
        page.locator("#privacy.is-open").wait_for()
        assert_legible(page, PRIVACY, min(size))
    finally:
        page.close()
