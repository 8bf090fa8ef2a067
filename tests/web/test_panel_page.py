"""The panel page in a real Chromium, against a screen that the tests write by hand."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from appliance.config import Settings
from appliance.domain import PausedBy, Play, PlaybackEvent, Question, Screen, Sensing
from appliance.messages import (
    Message,
    PlaybackReported,
    RatingGiven,
    ScreenSkipped,
    SeenBeforeGiven,
    SensingPauseRequested,
    StaffWish,
    StaffWished,
)
from tests.web.scripted_unit import ScriptedUnit, a_starter_play

pytestmark = pytest.mark.end_to_end

LINK = "http://192.168.0.12:8081/c/AAECAwQFBgcICQoLDA0ODw.aR8xYQ.4yKQX0gmLx7s5Jq2o3n8tU1vWzE"
PANEL = {"width": 1920, "height": 1080}
QUARTER = {"width": 960, "height": 540}
"""Enough where only behaviour counts: without a GPU every pixel costs time."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips of two seconds, one of two minutes, and one that is no video at all."""
    folder = tmp_path_factory.mktemp("clips")
    sources = {
        "a": "testsrc=d=2",
        "b": "testsrc2=d=2",
        "c": "smptebars=d=2",
        "long": "smptebars=d=120",
    }
    for name, source in sources.items():
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"{source}:s=320x180:r=15"),
                *("-pix_fmt", "yuv420p", "-movflags", "+faststart", folder / f"{name}.mp4"),
            ],
            check=True,
        )
    (folder / "broken.mp4").write_bytes(b"no video" * 500)
    return folder


def a_play(number: int, name: str, **changes: Any) -> Play:
    return a_starter_play(number, name, thumbnail=None, **changes)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_it(unit: ScriptedUnit, viewport: Any = None) -> Page:
        page = browser.new_page(viewport=viewport or QUARTER, has_touch=True)
        pages.append(page)
        page.goto(unit.page_url)
        return page

    yield open_it
    for page in pages:
        page.close()


@pytest.fixture
def unit(clips: Path) -> Iterator[ScriptedUnit]:
    with ScriptedUnit(clips, unit_name="서울역 3번 승강장", place="서울역") as unit:
        yield unit


def wait_front(page: Page, play: Play) -> None:
    page.wait_for_function("id => window.__maum?.frontPlayId === id", arg=play.id)


def wait_screen(page: Page, screen: str) -> None:
    page.wait_for_function("name => document.body.dataset.screen === name", arg=screen)


def is_report(play: Play, event: PlaybackEvent) -> Callable[[Message], bool]:
    return lambda message: (
        isinstance(message, PlaybackReported)
        and message.play_id == play.id
        and message.event is event
    )


def count(unit: ScriptedUnit, kind: type[Message]) -> int:
    return sum(isinstance(message, kind) for message in unit.posted)


def wait_idle(page: Page) -> None:
    """Until everything that was reported has been acknowledged."""
    page.wait_for_function("() => window.__maum.pending === 0")


# --- clips --------------------------------------------------------------------------------


def test_the_clip_plays_and_says_so_once(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    play = a_play(1, "a")
    unit.show(play=play)
    page = open_page(unit)
    wait_front(page, play)
    page.wait_for_function("() => document.querySelector('.is-front video').currentTime > 0.3")
    assert unit.wait_for(is_report(play, PlaybackEvent.ENDED)) is not None
    # It goes round again while the unit says nothing new, which is no second play.
    page.wait_for_function(
        "() => !document.querySelector('.is-front video').ended"
        " && document.querySelector('.is-front video').currentTime > 0.2"
    )
    wait_idle(page)
    assert unit.reports(play) == ["playing", "ended"]


WATCH_FOR_GAPS = """() => {
  window.gaps = 0;
  window.frames = 0;
  const look = () => {
    const layers = [...document.querySelectorAll('.layer')];
    const isCovered = layers.some((layer) => getComputedStyle(layer).opacity > 0.99
      && layer.querySelector('video').readyState >= 2);
    window.frames += 1;
    if (!isCovered) window.gaps += 1;
    requestAnimationFrame(look);
  };
  look();
}"""


def test_no_frame_between_two_clips_is_without_a_picture(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    plays = [a_play(number, "abc"[number % 3]) for number in range(1, 6)]

    def next_clip(message: Message) -> None:
        for now, (play, upcoming) in enumerate(itertools.pairwise(plays)):
            if is_report(play, PlaybackEvent.ENDED)(message):
                after = plays[now + 2] if now + 2 < len(plays) else None
                unit.show(play=upcoming, next_play=after)

    unit.on_message = next_clip
    unit.show(play=plays[0], next_play=plays[1])
    page = open_page(unit)
    wait_front(page, plays[0])
    page.locator(".layer.is-front:not(.is-incoming)").wait_for(state="attached")
    page.evaluate(WATCH_FOR_GAPS)
    wait_front(page, plays[4])
    wait_idle(page)
    assert page.evaluate("window.frames") > 30
    assert page.evaluate("window.gaps") == 0
    assert [unit.reports(play) for play in plays[:4]] == [["playing", "ended"]] * 4


def test_the_next_clip_is_loaded_behind(unit: ScriptedUnit, open_page: Callable[..., Page]) -> None:
    plays = [a_play(1, "a"), a_play(2, "b")]
    unit.show(play=plays[0], next_play=plays[1])
    page = open_page(unit)
    page.wait_for_function("id => window.__maum?.preloadedPlayId === id", arg=plays[1].id)
    assert unit.reports(plays[1]) == []


def test_a_clip_taken_off_for_a_watcher_says_how_much_was_shown(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    loop, chosen = a_play(1, "long"), a_play(2, "b")
    unit.show(play=loop)
    page = open_page(unit)
    wait_front(page, loop)
    unit.show(screen=Screen.SHOW, play=chosen, next_play=None)
    stopped = unit.wait_for(is_report(loop, PlaybackEvent.STOPPED))
    assert isinstance(stopped, PlaybackReported)
    assert 0 < stopped.position_s < 120
    assert unit.reports(loop) == ["playing", "stopped"]


def test_a_clip_that_cannot_be_decoded_is_reported_once_with_the_reason(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    loop, broken = a_play(1, "a"), a_play(2, "broken")
    unit.show(play=loop)
    page = open_page(unit)
    wait_front(page, loop)
    unit.show(screen=Screen.SHOW, play=broken)
    report = unit.wait_for(is_report(broken, PlaybackEvent.ERROR))
    assert isinstance(report, PlaybackReported)
    assert report.detail.startswith("4: ")
    # The picture stays, and the clip behind it is never called a play.
    assert page.evaluate("window.__maum.frontPlayId") == loop.id
    assert unit.reports(broken) == ["error"]


def test_a_broken_clip_that_waits_behind_is_only_reported_when_its_turn_comes(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    loop, broken = a_play(1, "a"), a_play(2, "broken")
    unit.show(play=loop, next_play=broken)
    page = open_page(unit)
    assert unit.wait_for(is_report(loop, PlaybackEvent.ENDED)) is not None
    assert unit.reports(broken) == []
    unit.show(play=broken, next_play=None)
    assert unit.wait_for(is_report(broken, PlaybackEvent.ERROR)) is not None
    assert page.evaluate("window.__maum.frontPlayId") == loop.id


def test_a_clip_without_progress_is_reported_as_an_error(
    clips: Path, open_page: Callable[..., Page]
) -> None:
    with ScriptedUnit(clips, stall_s=3) as unit:
        loop, slow = a_play(1, "a"), a_play(2, "b")
        unit.show(play=loop)
        page = open_page(unit)
        held: list[Route] = []
        page.route("**/media/b.mp4", lambda route: held.append(route))  # never answered
        wait_front(page, loop)
        unit.show(play=slow)
        report = unit.wait_for(is_report(slow, PlaybackEvent.ERROR), timeout_s=60)
        assert isinstance(report, PlaybackReported)
        assert report.detail == "no progress for 3 s"
        assert "playing" not in unit.reports(slow)
        for route in held:
            route.abort()


# --- the connection -----------------------------------------------------------------------


def test_the_clip_goes_on_while_the_unit_is_away_and_then_all_is_as_it_says(
    clips: Path, open_page: Callable[..., Page]
) -> None:
    loop, asked = a_play(1, "a"), a_play(2, "b")
    with ScriptedUnit(clips) as first:
        first.show(play=loop)
        page = open_page(first)
        wait_front(page, loop)
    page.wait_for_function("() => !window.__maum.isConnected")
    assert page.evaluate("document.body.dataset.screen") == "healing"
    assert page.evaluate("document.body.classList.contains('is-lost')") is False
    page.wait_for_function("() => document.querySelector('.is-front video').ended")
    page.wait_for_function(
        "() => document.querySelector('.is-front video').currentTime > 0.2"
        " && !document.querySelector('.is-front video').ended"
    )
    with ScriptedUnit(clips, port=first.server.port) as second:
        second.ask(Screen.RATING, 60, play=asked, run_id="run-2")
        wait_screen(page, "rating")
        wait_front(page, asked)
        assert page.evaluate("window.__maum.snapshot.run_id") == "run-2"
        # What had not been acknowledged before the loss is said to the new run.
        assert second.wait_for(is_report(loop, PlaybackEvent.ENDED)) is not None


def test_a_page_loaded_in_the_middle_of_the_question_asks_it_over_the_last_frame(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    play = a_play(1, "a")
    unit.ask(Screen.RATING, 60, play=play)
    page = open_page(unit)
    wait_screen(page, "rating")
    wait_front(page, play)
    assert page.evaluate("document.querySelector('.is-front video').paused")
    assert page.evaluate("document.querySelector('.is-front video').currentTime") > 1.5
    offset = page.evaluate(
        "Number(document.querySelector('#rating-ring .hand').getAttribute('stroke-dashoffset'))"
    )
    assert 0 <= offset < 100
    wait_idle(page)
    assert unit.reports(play) == []


# --- the question -------------------------------------------------------------------------

YES, NO = '.answer[data-value="1"]', '.answer[data-value="0"]'


@pytest.fixture
def asked(unit: ScriptedUnit, open_page: Callable[..., Page]) -> tuple[ScriptedUnit, Page, Play]:
    play = a_play(1, "a")
    unit.ask(Screen.RATING, 60, play=play)
    page = open_page(unit)
    wait_screen(page, "rating")
    page.wait_for_timeout(300)  # the fade: before its end nothing can be touched
    return unit, page, play


def test_a_touch_answers_once_and_says_thank_you(
    asked: tuple[ScriptedUnit, Page, Play],
) -> None:
    unit, page, play = asked
    page.locator(YES).tap()
    rating = unit.wait_for(lambda message: isinstance(message, RatingGiven))
    assert isinstance(rating, RatingGiven)
    assert (rating.play_id, rating.value) == (play.id, 1)
    assert page.locator("#question").inner_text() == "답해 주셔서 고맙습니다"
    page.locator(NO).tap()
    page.locator(YES).tap()
    unit.show(rating=1)
    page.locator(NO).tap()
    wait_idle(page)
    assert count(unit, RatingGiven) == 1


def test_a_touch_shows_before_anything_is_sent(asked: tuple[ScriptedUnit, Page, Play]) -> None:
    unit, page, _ = asked
    unit.is_full = True
    page.locator(NO).dispatch_event("pointerdown")
    assert "is-chosen" in str(page.locator(NO).get_attribute("class"))
    assert "is-chosen" not in str(page.locator(YES).get_attribute("class"))


def test_an_answer_that_finds_the_unit_busy_is_repeated(
    asked: tuple[ScriptedUnit, Page, Play],
) -> None:
    unit, page, _ = asked
    unit.is_full = True
    page.locator(NO).tap()
    page.wait_for_function("() => window.__maum.pending > 0")
    unit.is_full = False
    rating = unit.wait_for(lambda message: isinstance(message, RatingGiven))
    assert isinstance(rating, RatingGiven)
    wait_idle(page)
    assert count(unit, RatingGiven) == 1


def test_an_answer_given_before_the_page_was_loaded_cannot_be_given_again(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    unit.ask(Screen.RATING, 60, play=a_play(1, "a"), rating=0)
    page = open_page(unit)
    wait_screen(page, "rating")
    assert "is-chosen" in str(page.locator(NO).get_attribute("class"))
    page.locator(YES).dispatch_event("pointerdown")
    wait_idle(page)
    assert count(unit, RatingGiven) == 0


TOUCH_AT_ONCE = """() => {
  const answers = document.querySelector(".answers");
  new MutationObserver((_, watch) => {
    if (answers.dataset.question !== "seen-before") return;
    watch.disconnect();
    const yes = answers.querySelector('.answer[data-value="1"]');
    yes.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
    window.wasTouched = true;
  }).observe(answers, { attributes: true });
}"""
"""In the page: from outside a touch may come too late to be hasty."""


def test_a_step_is_touched_and_then_seen_before(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    play = a_play(1, "a")
    unit.ask(Screen.RATING, 60, play=play, question=Question.FIVE)
    page = open_page(unit)
    wait_screen(page, "rating")
    page.wait_for_timeout(300)
    assert page.locator("#question").inner_text() == "얼마나 마음에 드셨나요?"
    assert [button.inner_text()[0] for button in page.locator(".answer").all()] == [*"12345"]
    page.locator('.answer[data-value="4"]').tap()
    rating = unit.wait_for(lambda message: isinstance(message, RatingGiven))
    assert isinstance(rating, RatingGiven)
    assert (rating.play_id, rating.stars, rating.value) == (play.id, 4, 1)
    # A hasty second touch meets the thanks, and then buttons that are not open yet.
    page.locator('.answer[data-value="1"]').dispatch_event("pointerdown")
    page.evaluate(TOUCH_AT_ONCE)
    unit.ask(Screen.RATING, 60, play=play, question=Question.SEEN_BEFORE, rating=4)
    page.wait_for_function("() => window.wasTouched")
    assert page.locator("#question").inner_text() == "이 영상을 전에 본 적이 있나요?"
    page.wait_for_timeout(400)
    page.locator(NO).tap()
    seen = unit.wait_for(lambda message: isinstance(message, SeenBeforeGiven))
    assert isinstance(seen, SeenBeforeGiven)
    assert (seen.play_id, seen.seen_before) == (play.id, False)
    assert page.locator("#question").inner_text() == "답해 주셔서 고맙습니다"
    wait_idle(page)
    assert (count(unit, RatingGiven), count(unit, SeenBeforeGiven)) == (1, 1)


# --- the code -----------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [PANEL, {"width": 1080, "height": 1920}])
def test_the_code_on_the_screen_leads_to_the_link(
    unit: ScriptedUnit, open_page: Callable[..., Page], viewport: dict[str, int]
) -> None:
    unit.ask(Screen.QR, 60, play=a_play(1, "a"), qr_url=LINK)
    page = open_page(unit, viewport)
    wait_screen(page, "qr")
    page.wait_for_function("() => document.getElementById('qr').complete")
    page.wait_for_timeout(400)  # the fade
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == LINK
    # 45 mm on a 21" panel of 1920 px (93 dpi), without the quiet zone.
    box = page.locator("#qr").bounding_box()
    assert box is not None
    assert box["width"] * 45 / 53 >= 165
    assert page.locator("#qr-address").inner_text() == "192.168.0.12:8081"


def test_a_touch_beside_the_code_skips_it_once(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    play = a_play(1, "a")
    unit.ask(Screen.QR, 60, play=play, qr_url=LINK)
    page = open_page(unit)
    wait_screen(page, "qr")
    page.wait_for_timeout(300)
    page.locator("#qr").dispatch_event("pointerdown")
    page.touchscreen.tap(60, 480)
    page.touchscreen.tap(60, 480)
    skip = unit.wait_for(lambda message: isinstance(message, ScreenSkipped))
    assert isinstance(skip, ScreenSkipped)
    assert skip.play_id == play.id
    wait_idle(page)
    assert count(unit, ScreenSkipped) == 1


# --- the notice ---------------------------------------------------------------------------


@pytest.mark.parametrize("screen", ["starting", "trouble", *Screen])
def test_the_notice_is_on_every_screen(
    unit: ScriptedUnit, open_page: Callable[..., Page], screen: str
) -> None:
    if screen == "trouble":
        unit.show(troubles=("no-clips",))
    elif screen in list(Screen):
        unit.ask(Screen(screen), 60, play=a_play(1, "a"), qr_url=LINK)
    page = open_page(unit)
    wait_screen(page, screen)
    page.wait_for_timeout(300)
    words = page.locator("#notice-words")
    assert "표정을 추정합니다 · 영상은 저장하지 않습니다" in words.inner_text()
    box = words.bounding_box()
    assert box is not None
    assert box["y"] < QUARTER["height"] / 5
    assert QUARTER["width"] / 2 < box["x"] + box["width"] <= QUARTER["width"]
    is_on_top = """element => {
      const box = element.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return top !== null && top.closest('#notice') !== null;
    }"""
    assert words.evaluate(is_on_top)


def test_a_touch_on_the_notice_opens_the_text_with_a_button_that_pauses_sensing(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    unit.show(play=a_play(1, "a"))
    page = open_page(unit)
    wait_screen(page, "healing")
    page.locator("#notice").tap()
    page.locator("#privacy.is-open").wait_for()
    assert "저장하지 않고 어디에도 보내지 않습니다" in page.locator("#privacy-text").inner_text()
    assert page.locator("#pause").inner_text() == "5분 동안 감지 멈추기"
    page.locator("#pause").tap()
    pause = unit.wait_for(lambda message: isinstance(message, SensingPauseRequested))
    assert isinstance(pause, SensingPauseRequested)
    assert pause.duration_s == 300
    page.locator("#privacy:not(.is-open)").wait_for(state="attached")


@pytest.mark.parametrize(
    ("sensing", "words"),
    [
        (Sensing.PAUSED, "감지를 멈췄습니다"),
        (Sensing.UNAVAILABLE, "카메라가 꺼져 있습니다 · 표정을 추정하지 않습니다"),
    ],
)
def test_the_glyph_is_crossed_out_when_nothing_is_sensed(
    unit: ScriptedUnit, open_page: Callable[..., Page], sensing: Sensing, words: str
) -> None:
    unit.show(play=a_play(1, "a"), sensing=sensing)
    page = open_page(unit)
    wait_screen(page, "healing")
    assert page.locator("#notice use").get_attribute("href") == "#camera-off"
    assert page.locator("#notice-words").inner_text() == words


@pytest.mark.parametrize(
    ("by", "until", "words"),
    [
        (PausedBy.STAFF, False, "직원이 감지를 멈췄습니다"),
        (PausedBy.STAFF, True, "직원이 감지를 멈췄습니다 · 2분 뒤 다시 시작합니다"),
        (PausedBy.QUIET_HOURS, False, "지금은 감지하지 않는 시간입니다"),
    ],
)
def test_what_staff_have_stopped_no_touch_can_start(
    unit: ScriptedUnit, open_page: Callable[..., Page], by: PausedBy, until: bool, words: str
) -> None:
    until_s = time.monotonic() + 90 if until else None
    unit.show(play=a_play(1, "a"), sensing=Sensing.PAUSED, sensing_paused_by=by,
              sensing_paused_until_s=until_s)  # fmt: skip
    page = open_page(unit)
    wait_screen(page, "healing")
    assert page.locator("#notice use").get_attribute("href") == "#camera-off"
    assert page.locator("#notice-words").inner_text() == words
    page.locator("#notice").tap()
    page.locator("#privacy.is-open").wait_for()
    assert page.locator("#pause").is_hidden()


def test_the_staffs_key_stops_and_starts(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    unit.settings = Settings.model_validate(
        {"panel": {"language": "ko"}, "privacy": {"stop_key": "Ctrl+Alt+S"}}
    )
    unit.show(play=a_play(1, "a"))
    page = open_page(unit)
    wait_screen(page, "healing")

    def wishes() -> list[StaffWish]:
        return [message.wish for message in unit.posted if isinstance(message, StaffWished)]

    page.keyboard.press("s")
    page.keyboard.press("Control+Shift+Alt+s")
    page.keyboard.press("Control+Alt+s")
    assert unit.wait_for(lambda message: isinstance(message, StaffWished))
    assert wishes() == [StaffWish.STOP]
    unit.show(sensing=Sensing.PAUSED, sensing_paused_by=PausedBy.STAFF)
    page.wait_for_function("() => window.__maum.snapshot.sensing.paused_by === 'staff'")
    # A key bounces: two presses within a second are one.
    page.wait_for_timeout(1100)
    page.keyboard.press("Control+Alt+s")
    page.keyboard.press("Control+Alt+s")
    assert unit.wait_for(
        lambda message: isinstance(message, StaffWished) and message.wish is StaffWish.START
    )
    page.wait_for_function("() => window.__maum.pending === 0")
    assert wishes() == [StaffWish.STOP, StaffWish.START]


# --- how it looks -------------------------------------------------------------------------


def test_korean_is_drawn_and_not_boxes(unit: ScriptedUnit, open_page: Callable[..., Page]) -> None:
    page = open_page(unit)
    drawn = page.evaluate(
        """() => ['마', '음', '\\uFFFE'].map((text) => {
          const canvas = document.createElement('canvas');
          const context = canvas.getContext('2d');
          context.font = `60px ${getComputedStyle(document.body).fontFamily}`;
          context.fillText(text, 10, 80);
          return canvas.toDataURL();
        })"""
    )
    assert len(set(drawn)) == 3


def test_trouble_is_a_bright_friendly_screen_that_says_what_is_missing(
    unit: ScriptedUnit, open_page: Callable[..., Page]
) -> None:
    unit.show(troubles=("no-camera", "no-clips"))
    page = open_page(unit)
    wait_screen(page, "trouble")
    page.wait_for_timeout(400)
    text = page.locator(".welcome").inner_text()
    assert "서울역 3번 승강장" in text
    assert "재생할 영상이 없습니다 · 조금 전부터" in text
    assert "192.168.0.12" in text
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert np.percentile(picture.max(axis=2), 1) > 15
    assert picture.mean() > 120


def test_both_languages_stand_together(clips: Path, open_page: Callable[..., Page]) -> None:
    with ScriptedUnit(clips, language="both") as unit:
        unit.ask(Screen.RATING, 60, play=a_play(1, "a"))
        page = open_page(unit)
        wait_screen(page, "rating")
        lines = page.locator("#question").inner_text().splitlines()
        assert lines == ["방금 영상, 마음에 드셨나요?", "Did you like it?"]


@pytest.mark.parametrize("viewport", [PANEL, {"width": 1080, "height": 1920}])
def test_touch_targets_are_larger_than_20_mm(
    unit: ScriptedUnit, open_page: Callable[..., Page], viewport: dict[str, int]
) -> None:
    play = a_play(1, "a")
    unit.ask(Screen.RATING, 60, play=play, question=Question.FIVE)
    page = open_page(unit, viewport)
    wait_screen(page, "rating")
    steps = [button.bounding_box() for button in page.locator(".answer .face").all()]
    assert all(min(step["width"], step["height"]) >= 160 for step in steps if step)
    assert steps[0]["y"] == steps[-1]["y"]  # type: ignore[index]
    assert steps[0]["x"] >= 0  # type: ignore[index]
    unit.ask(Screen.RATING, 60, play=play, question=Question.LIKE)
    page.locator('[data-question="like"]').wait_for()
    page.locator("#notice").dispatch_event("pointerdown")
    page.locator("#privacy.is-open").wait_for()
    for selector, least in ((YES, 160), (NO, 160), ("#pause", 74), ("#privacy-close", 74)):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= least
    if viewport["height"] > viewport["width"]:
        faces = page.locator(f"{YES} .face").bounding_box()
        assert faces is not None
        assert faces["y"] > viewport["height"] * 0.6


@pytest.mark.parametrize("width", [1920, 1280, 1080])
def test_the_page_never_shows_a_browser_s_own_face(
    unit: ScriptedUnit, open_page: Callable[..., Page], width: int
) -> None:
    unit.show(play=a_play(1, "a"))
    page = open_page(unit, {"width": width, "height": 720})
    wait_screen(page, "healing")
    found = page.evaluate(
        """() => ({
          scrolls: document.documentElement.scrollHeight > innerHeight
            || document.documentElement.scrollWidth > innerWidth,
          cursor: getComputedStyle(document.body).cursor,
          selects: getComputedStyle(document.body).userSelect,
          menu: document.body.dispatchEvent(
            new MouseEvent('contextmenu', { bubbles: true, cancelable: true })),
          translate: document.documentElement.translate,
        })"""
    )
    assert found == {
        "scrolls": False, "cursor": "none", "selects": "none", "menu": False, "translate": False,
    }  # fmt: skip
