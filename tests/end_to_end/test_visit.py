"""Whole visits: real faces, real networks, real Chromium, the unit as its own process."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from appliance.domain import Expression
from tests.end_to_end.unit_process import APPLIANCE, UnitProcess

pytestmark = pytest.mark.end_to_end

RECORD_SCREENS = """
window.screensSeen = [];
addEventListener("DOMContentLoaded", () => {
  const note = () => {
    const screen = document.body.dataset.screen;
    if (window.screensSeen.at(-1) !== screen) window.screensSeen.push(screen);
  };
  new MutationObserver(note).observe(document.body, {attributeFilter: ["data-screen"]});
  note();
});
"""

VISIBLE_VIDEO = """
[...document.querySelectorAll("#stage video")]
  .map((video) => ({
    src: video.currentSrc, time: video.currentTime, paused: video.paused,
    opacity: Number(getComputedStyle(video.closest(".layer")).opacity),
  }))
  .filter((video) => video.opacity > 0.5 && video.src && !video.paused)
"""


@pytest.fixture
def panel(browser: Browser):
    context = browser.new_context(
        viewport={"width": 1280, "height": 720}, has_touch=True, locale="ko-KR"
    )
    page = context.new_page()
    page.add_init_script(RECORD_SCREENS)
    yield page
    context.close()


def wait_for_screen(page: Page, screen: str, timeout_s: float = 60) -> None:
    page.wait_for_selector(f'body[data-screen="{screen}"]', timeout=timeout_s * 1000)


def wait_until(page: Page, expression: str, timeout_s: float = 30) -> None:
    """Polled from here: the page's own policy forbids what ``wait_for_function`` does."""
    until_s = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < until_s, f"waited in vain for {expression}"
        page.wait_for_timeout(100)


def decoded_qr(page: Page) -> str:
    """What a phone's camera reads off the panel: the code out of a screenshot."""
    wait_until(page, "document.querySelector('#qr').naturalWidth > 0")
    page.wait_for_timeout(600)  # the card fades in
    pixels = np.frombuffer(page.screenshot(), np.uint8)
    text, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(cv2.imdecode(pixels, cv2.IMREAD_COLOR))
    return str(text)


def test_a_smiling_man_is_shown_a_clip_answers_and_takes_it_to_his_phone(
    tmp_path, test_data, browser, panel
):
    man = test_data / "video" / "head-pose-face-detection-male.gif"
    with UnitProcess(tmp_path, str(man)) as unit:
        panel.goto(unit.page_url)
        wait_for_screen(panel, "show")
        (user,) = unit.rows("SELECT * FROM users")
        assert user["now_emotion"] == Expression.HAPPY
        assert user["rating"] is None
        (chosen,) = unit.rows("SELECT * FROM clips WHERE id = ?", user["ad_id"])

        # The chosen clip is what is seen, and it moves.
        wait_until(
            panel,
            f"({VISIBLE_VIDEO}).some(v => v.src.includes('{chosen['file']}') && v.time > 1)",
        )
        # While one clip fades into the other both are visible, and both may be the same file.
        its_time = f"({VISIBLE_VIDEO}).find(v => v.src.includes('{chosen['file']}'))?.time"
        first = panel.evaluate(its_time)
        wait_until(panel, f"{its_time} > {first + 0.5}")

        wait_for_screen(panel, "rating")
        panel.tap('.answer[data-value="1"]')
        unit.wait_for(lambda: unit.rows("SELECT * FROM ratings"), "the answer on disk")
        (rating,) = unit.rows("SELECT * FROM ratings")
        assert (rating["value"], rating["source"]) == (1, "panel")
        (play,) = unit.rows("SELECT * FROM plays WHERE play_id = ?", rating["play_id"])
        assert play["completed"] == 1
        assert play["shown_s"] == pytest.approx(chosen["duration_s"], abs=0.5)

        wait_for_screen(panel, "qr")
        link = decoded_qr(panel)
        phone_page_shows(browser, link, chosen["title"])

        wait_for_screen(panel, "healing")
        seen = panel.evaluate("window.screensSeen")
        assert seen[seen.index("healing") :] == ["healing", "show", "rating", "qr", "healing"]

        samples = unit.rows("SELECT * FROM emotion_samples WHERE play_id = ?", rating["play_id"])
        assert len(samples) >= chosen["duration_s"] / 2
        why = subprocess.run(
            [APPLIANCE, "--state-dir", unit.state_dir, "why", rating["play_id"]],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert chosen["title"] in why.stdout


def phone_page_shows(browser: Browser, link: str, title: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="ko-KR", java_script_enabled=False
    )
    try:
        page = context.new_page()
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200
        body = page.inner_text("body")
        assert title in body
        assert any("가" <= character <= "힣" for character in body)
        assert page.goto(link[:-3] + "xyz").status == 404
        assert any("가" <= character <= "힣" for character in page.inner_text("body"))
    finally:
        context.close()


def test_people_who_walk_up_are_visitors_and_may_answer_by_phone(
    tmp_path, test_data, browser, panel
):
    street = test_data / "video" / "face-demographics-walking-and-pause.gif"
    with UnitProcess(tmp_path, str(street), {"session": {"rating_timeout_s": 2}}) as unit:
        panel.goto(unit.page_url)
        wait_for_screen(panel, "show")
        wait_for_screen(panel, "qr")
        link = decoded_qr(panel)
        context = browser.new_context(
            viewport={"width": 414, "height": 896}, locale="en-US", java_script_enabled=False
        )
        page = context.new_page()
        page.goto(link)
        page.locator("form button").first.click()
        unit.wait_for(lambda: unit.rows("SELECT * FROM ratings"), "the phone's answer on disk")
        (rating,) = unit.rows("SELECT * FROM ratings")
        assert rating["source"] == "phone"
        context.close()
        (first, *_) = unit.rows("SELECT * FROM visits ORDER BY id")
        assert first["watchers"] >= 1


def test_the_built_in_visitor_comes_answers_in_five_steps_and_leaves(tmp_path, panel):
    survey = {"rating": {"scale": "five", "ask_seen_before": True}}
    with UnitProcess(tmp_path, "builtin", survey) as unit:
        panel.goto(unit.page_url)
        wait_for_screen(panel, "healing")
        assert unit.rows("SELECT * FROM visits") == []
        wait_for_screen(panel, "show")
        wait_for_screen(panel, "rating")
        panel.tap('.answer[data-value="4"]')
        panel.wait_for_selector('[data-question="seen-before"]')
        panel.wait_for_timeout(500)
        panel.tap('.answer[data-value="1"]')
        unit.wait_for(
            lambda: unit.rows("SELECT * FROM ratings WHERE seen_before IS NOT NULL"),
            "both answers on disk",
        )
        (rating,) = unit.rows("SELECT value, stars, seen_before, source FROM ratings")
        assert rating == {"value": 1, "stars": 4, "seen_before": 1, "source": "panel"}
        unit.wait_for(
            lambda: unit.rows("SELECT * FROM visits WHERE ended_at IS NOT NULL"),
            "the visit to end",
            timeout_s=90,
        )
        (visit, *_) = unit.rows("SELECT * FROM visits WHERE ended_at IS NOT NULL")
        assert visit["dwell_s"] > 10
        assert 0 < visit["attention_s"] <= visit["dwell_s"]


def test_an_empty_room_and_people_seen_from_above_start_nothing(tmp_path, test_data):
    room = tmp_path / "room"
    room.mkdir()
    noise = np.random.default_rng(0)
    for number in range(5):
        wall = cv2.GaussianBlur(noise.integers(60, 200, (480, 640, 3), dtype=np.uint8), (31, 31), 0)
        cv2.imwrite(str(room / f"{number}.png"), wall)
    for name, camera in (
        ("empty", room),
        ("above", test_data / "video" / "people-detection.gif"),
    ):
        (tmp_path / name).mkdir()
        with UnitProcess(tmp_path / name, str(camera)) as unit:
            unit.wait_for(lambda unit=unit: unit.status()["frames_per_s"] > 1, "frames")
            until_s = unit.status()["uptime_s"] + 10
            unit.wait_for(lambda: unit.status()["uptime_s"] > until_s, "10 s of looking")  # noqa: B023
            assert unit.status()["screen"] == "healing"
            assert unit.rows("SELECT * FROM visits") == []


def test_what_the_panel_was_told_survives_a_power_cut_and_the_page_comes_back(
    tmp_path, test_data, panel
):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    man = test_data / "video" / "head-pose-face-detection-male.gif"
    settings = {"panel": {"port": port}}
    with UnitProcess(tmp_path, str(man), settings) as unit:
        panel.goto(unit.page_url)
        wait_for_screen(panel, "rating")
        with panel.expect_response("**/rating") as answered:
            panel.tap('.answer[data-value="0"]')
        assert answered.value.status == 200
        unit.kill()
        assert [row["value"] for row in unit.rows("SELECT value FROM ratings")] == [0]
        before = panel.evaluate("window.__maum.snapshot.run_id")
        unit.start()
        wait_until(panel, f"window.__maum.snapshot.run_id !== '{before}'")
        wait_for_screen(panel, "show")
        assert unit.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert len(unit.rows("SELECT * FROM visits WHERE ended_at IS NULL")) <= 1


def test_without_a_camera_the_loop_goes_on_and_everybody_says_so(tmp_path, panel):
    with UnitProcess(tmp_path, "/dev/video99") as unit:
        panel.goto(unit.page_url)
        wait_until(panel, f"({VISIBLE_VIDEO}).some(v => v.time > 1)")
        wait_for_screen(panel, "healing")
        assert panel.get_attribute("body", "data-sensing") == "unavailable"
        status = unit.status()
        assert status["troubles"] == ["no-camera"]
        doctor = subprocess.run(
            [APPLIANCE, "--state-dir", unit.state_dir, "doctor"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert doctor.returncode == 1
        assert "camera" in doctor.stdout


def test_a_second_unit_on_the_same_database_refuses_to_start(tmp_path):
    with UnitProcess(tmp_path, "builtin") as unit:
        second = subprocess.run(
            [APPLIANCE, "--state-dir", unit.state_dir, "--config", "none", "run", "--demo"],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert second.returncode == 1
        assert f"process {unit.process.pid}" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1
        assert unit.status()["screen"] == "healing"
        assert unit.stop() == 0
    assert not (Path(unit.state_dir) / "running.json").exists()
