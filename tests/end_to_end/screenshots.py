"""Pictures of every screen, for people to look at: ``python -m tests.end_to_end.screenshots``."""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from appliance.config import Settings
from appliance.daemon.web_server import WebServer
from appliance.domain import (
    ClipKind,
    DayTime,
    Mood,
    Question,
    Screen,
    Season,
    Sensing,
    Surroundings,
    Weather,
)
from tests.conftest import CHROMIUM, chromium_arguments
from tests.web.phone_place import PhonePlace
from tests.web.scripted_unit import ScriptedUnit, a_starter_play

LANDSCAPE, PORTRAIT, SMALL = (1920, 1080), (1080, 1920), (1280, 720)
ADDRESS = "서울특별시 마포구 예시로 12 (예시)"
LINK = "http://192.168.0.12:8081/c/AAECAwQFBgcICQoLDA0ODw.aR8xYQ.4yKQX0gmLx7s5Jq2o3n8tU1vWzE"
LONG_KO = "오래된 골목 끝 작은 찻집에서 천천히 우려낸 따뜻한 차와 갓 구운 밤 식빵을 만나는 오후"
LONG_EN = (
    "A very long afternoon in the little tea house at the end of the old alley, "
    "with warm chestnut bread"
)


AT_REST = """async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
    for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    name: str
    state: dict[str, Any]
    limit_s: float | None = None
    touch: str | None = None


def shots() -> list[Shot]:
    """Every screen, on the brightest and the darkest clips, with the shortest and longest texts."""
    healing = a_starter_play(1, "spring")
    dark = a_starter_play(2, "fireflies")
    snow = a_starter_play(3, "snow")
    ad = a_starter_play(4, "bakery", kind=ClipKind.AD, title="오늘 구운 빵, 오늘의 온기",
                        title_en="Bread baked today", advertiser="온기 베이커리 (예시)",
                        mood=Mood.HAPPY)  # fmt: skip
    long_ad = a_starter_play(5, "flowers", kind=ClipKind.AD, title=LONG_KO, title_en=LONG_EN,
                             advertiser="골목 끝 찻집 (예시)", mood=Mood.DEPRESSED)  # fmt: skip
    bare = a_starter_play(6, "cafe", title="차", title_en=None, thumbnail=None)
    rainy = Surroundings(Season.AUTUMN, DayTime.EVENING, Weather.RAIN)
    paused = {"sensing": Sensing.PAUSED, "sensing_paused_until_s": time.monotonic() + 230}
    return [
        Shot("trouble-starting", {"play": None}),
        Shot("trouble-no-clips", {"play": None, "troubles": ("no-camera", "no-clips")}),
        Shot("healing-bright", {"play": healing, "troubles": ()}),
        Shot("healing-snow", {"play": snow}),
        Shot("healing-dark", {"play": dark, "surroundings": rainy}),
        Shot("healing-no-camera", {"sensing": Sensing.UNAVAILABLE, "troubles": ("no-camera",)}),
        Shot("healing-paused", {"troubles": (), **paused}),
        Shot("healing-privacy", {"sensing": Sensing.ON}, touch="#notice"),
        Shot("show-ad", {"screen": Screen.SHOW, "play": ad, "sensing_paused_until_s": None}),
        Shot("show-long", {"play": long_ad}),
        Shot("show-bare", {"play": bare}),
        Shot("rating", {"screen": Screen.RATING, "play": ad}, 10),
        Shot("rating-thanks", {}, 10, touch='.answer[data-value="1"]'),
        Shot("rating-bright", {"play": healing, "rating": None}, 10),
        Shot("rating-five", {"play": ad, "question": Question.FIVE}, 10),
        Shot("rating-five-thanks", {}, 10, touch='.answer[data-value="4"]'),
        Shot(
            "rating-seen-before", {"play": snow, "question": Question.SEEN_BEFORE, "rating": 4}, 10
        ),
        Shot("rating-seen-before-thanks", {"seen_before": True}, 10),
        Shot("qr", {"screen": Screen.QR, "play": ad, "rating": 1, "qr_url": LINK}, 20),
    ]


def photograph_panel(browser: Browser, out: Path, language: str, size: tuple[int, int]) -> None:
    """One picture per screen into ``out``."""
    place = {"ko": "서울역 버스환승센터", "en": "Seoul Station bus stop"}.get(
        language, "서울역 · Seoul Station"
    )
    orientation = f"{size[0]}x{size[1]}"
    with ScriptedUnit(language=language, unit_name="서울역 3번 승강장", place=place) as unit:
        page = browser.new_page(viewport={"width": size[0], "height": size[1]}, has_touch=True)
        page.goto(unit.page_url)
        for shot in shots():
            if shot.limit_s is None:
                unit.show(**shot.state)
            else:
                unit.ask(**{"screen": unit.state.screen, "limit_s": shot.limit_s} | shot.state)
            _wait_until_drawn(page, unit)
            if shot.touch:
                page.locator(shot.touch).dispatch_event("pointerdown")
            # Until every fade is over and drawn, however slow the machine is.
            page.wait_for_timeout(900)
            page.evaluate(AT_REST)
            page.screenshot(path=out / f"panel-{orientation}-{language}-{shot.name}.png")
            if shot.touch == "#notice":
                page.locator("#privacy-close").dispatch_event("pointerdown")
        page.close()


def _wait_until_drawn(page: Page, unit: ScriptedUnit) -> None:
    page.wait_for_function(
        "revision => window.__maum?.snapshot?.revision === revision", arg=unit.state.revision
    )
    play = unit.state.play
    if play is None:
        page.wait_for_timeout(2200)
        return
    page.wait_for_function("id => window.__maum.frontPlayId === id", arg=play.id)


def photograph_phone(browser: Browser, out: Path, language: str) -> None:
    """The phone page and its messages: two phones, light and dark, with and without details."""
    with tempfile.TemporaryDirectory() as folder:
        place = PhonePlace(Path(folder), panel={"unit_name": "서울역 3번 승강장"})
        place.a_busy_day()
        poor = place.add_clip(kind=ClipKind.AD, title=LONG_KO, title_en=LONG_EN)
        paths = {
            "clip": place.path(place.show(place.clip("Bakery"))),
            "answered": place.path(place.show(place.clip("sea at noon"), rating=1)),
            "poor": place.path(place.show(poor, rating=0)),
            "forged": "/c/AAAA.BBBB.CCCC",
        }
        paths |= {"survey-five": paths["clip"], "survey-seen-before": paths["answered"]}
        plain, five = place.settings, {"rating": {"scale": "five", "ask_seen_before": True}}
        survey = Settings.model_validate(plain.model_dump() | five)
        server = WebServer(place.app(), "127.0.0.1", 0, 4, "phone")
        server.start()
        for width, height in ((360, 740), (414, 896)):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme,
                    locale=language, java_script_enabled=False, device_scale_factor=2,
                )  # fmt: skip
                for name, path in paths.items():
                    place.settings = survey if name.startswith("survey") else plain
                    page.goto(f"http://127.0.0.1:{server.port}{path}")
                    file = f"phone-{width}x{height}-{language}-{scheme}-{name}.png"
                    page.screenshot(path=out / file, full_page=True)
                page.close()
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".artifacts/screens"))
    parser.add_argument("--only", default="", help="part of a name, such as 1080x1920-ko")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=chromium_arguments())
        for size, language in (
            (LANDSCAPE, "ko"), (LANDSCAPE, "both"), (PORTRAIT, "ko"), (PORTRAIT, "en"),
            (PORTRAIT, "both"), (LANDSCAPE, "en"), (SMALL, "both"),
        ):  # fmt: skip
            if options.only in f"panel-{size[0]}x{size[1]}-{language}":
                photograph_panel(browser, options.out, language, size)
        for language in ("ko", "en"):
            if options.only in f"phone-{language}":
                photograph_phone(browser, options.out, language)
        browser.close()


if __name__ == "__main__":
    main()
