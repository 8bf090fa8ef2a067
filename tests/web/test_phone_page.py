"""The phone page in a real Chromium without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from appliance.daemon.web_server import WebServer
from appliance.store.ratings import RatingStore
from tests.web.phone_place import PhonePlace

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path_factory.mktemp("place"))
    place.a_busy_day()
    yield place
    place.database.close()


@pytest.fixture
def page(browser: Browser, place: PhonePlace) -> Iterator[Page]:
    server = WebServer(place.app(), "127.0.0.1", 0, 4, "phone")
    server.start()
    page = browser.new_page(
        viewport={"width": 360, "height": 740},
        locale="ko-KR",
        java_script_enabled=False,
        base_url=f"http://127.0.0.1:{server.port}",
    )
    yield page
    page.close()
    server.stop()


def test_it_reads_korean_and_takes_an_answer_without_scripts(page: Page, place: PhonePlace) -> None:
    play = place.show(place.clip("Ongi Bakery"))
    page.goto(place.path(play))
    assert page.locator("h1").inner_text() == "온기 제과점"
    assert page.locator("h2").first.inner_text() == "방금 영상, 마음에 드셨나요?"
    page.get_by_role("button", name="좋았어요").click()
    page.locator(".given").wait_for()
    assert "‘좋았어요’라고 답하셨습니다" in page.locator("#answer").inner_text()
    rating = RatingStore(place.database).get(play)
    assert rating is not None
    assert rating.value == 1


def test_its_style_and_picture_pass_its_own_content_policy(page: Page, place: PhonePlace) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(place.path(place.show(place.clip("Ongi Bakery"))))
    picture = page.locator("header img")
    picture.wait_for()
    page.wait_for_load_state("networkidle")
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] == 360  # the style holds: the picture is as wide as the phone
    assert complaints == []


@pytest.mark.parametrize("width", [320, 360, 414])
def test_nothing_is_wider_than_the_phone(page: Page, place: PhonePlace, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(place.path(place.show(place.clip("Slow Afternoon"))))
    for selector in ("main", "section", ".ranking li", ".chart", "footer"):
        for element in page.locator(selector).all():
            box = element.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= width
