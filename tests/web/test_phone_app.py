"""The phone page over a real database: what it shows, takes, refuses, and never says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from appliance.domain import ClipKind, RatingSource
from appliance.messages import RatingGiven
from appliance.store.clips import ClipStore
from appliance.store.ratings import RatingStore
from tests.web.phone_place import PhonePlace
from tests.web.scripted_unit import uuid_of

KO, EN = {"Accept-Language": "ko-KR,ko;q=0.9"}, {"Accept-Language": "en-US,en;q=0.8"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhonePlace]:
    """A busy day at a place; tests make plays of their own."""
    place = PhonePlace(tmp_path_factory.mktemp("place"), phone={"requests_per_minute": 6000})
    place.a_busy_day()
    yield place
    place.database.close()


@pytest.fixture
def client(place: PhonePlace) -> FlaskClient:
    place.is_full = False
    place.posted.clear()
    return place.app().test_client()


def shown(place: PhonePlace, title: str = "Ongi Bakery", **history: int) -> str:
    return place.show(place.clip(title), **history)  # type: ignore[arg-type]


# --- the page -----------------------------------------------------------------------------


def test_the_page_tells_how_to_get_there(place: PhonePlace, client: FlaskClient) -> None:
    text = client.get(place.path(shown(place)), headers=KO).text
    assert "<h1>온기 제과점</h1>" in text
    assert "예시시 예시구 온기길 4 (실제 주소 아님)" in text
    assert 'href="tel:020000004"' in text
    assert 'href="https://example.org/map/' in text


def test_the_language_is_the_browser_s(place: PhonePlace, client: FlaskClient) -> None:
    path = place.path(shown(place))
    korean, english = client.get(path, headers=KO), client.get(path, headers=EN)
    assert '<html lang="ko">' in korean.text
    assert "방금 영상, 마음에 드셨나요?" in korean.text
    assert re.search("(오전|오후) \\d+:\\d\\d", korean.text)
    assert '<html lang="en">' in english.text
    assert "<h1>Ongi Bakery</h1>" in english.text
    assert "마음에 드셨나요" not in english.text
    assert "Accept-Language" in korean.headers["Vary"]


@pytest.mark.parametrize(
    ("wanted", "got"), [("en", "en"), ("ko", "ko"), ("xx", "ko"), ("../en", "ko"), ("", "ko")]
)
def test_the_address_may_name_the_language(
    place: PhonePlace, client: FlaskClient, wanted: str, got: str
) -> None:
    text = client.get(f"{place.path(shown(place))}?lang={wanted}", headers=KO).text
    assert f'<html lang="{got}">' in text


def test_a_browser_of_a_third_language_gets_the_panel_s(
    place: PhonePlace, client: FlaskClient
) -> None:
    text = client.get(place.path(shown(place)), headers={"Accept-Language": "fr"}).text
    assert '<html lang="ko">' in text


def test_the_page_is_small_and_one_request_brings_it(
    place: PhonePlace, client: FlaskClient
) -> None:
    response = client.get(place.path(shown(place)), headers=KO)
    assert len(response.data) < 60_000
    assert "<script" not in response.text
    assert "<link" not in response.text
    assert re.findall("<img[^>]*>", response.text)
    assert all('loading="lazy"' in tag for tag in re.findall("<img[^>]*>", response.text))


def test_the_ranking_says_how_many_answered(place: PhonePlace, client: FlaskClient) -> None:
    text = client.get(place.path(shown(place)), headers=EN).text
    assert re.search(r"\d+ of \d+ answers said", text)
    assert re.search(r"\d+% \(at least \d+%\)", text)


def test_the_chart_is_labelled_for_those_who_cannot_see_it(
    place: PhonePlace, client: FlaskClient
) -> None:
    text = client.get(place.path(shown(place)), headers=EN).text
    assert '<title id="chart-title">Expressions here on ' in text
    assert re.search(r'<desc id="chart-desc">[^<]*neutral \d+%', text)
    assert text.count("<polygon") >= 3


def test_the_style_in_the_page_is_the_only_one_allowed(
    place: PhonePlace, client: FlaskClient
) -> None:
    response = client.get(place.path(shown(place)))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_nothing_on_the_page_is_about_the_visitor(place: PhonePlace, client: FlaskClient) -> None:
    first, second = shown(place), shown(place)
    texts = [
        client.get(path, headers=EN).text.replace(path[3:], "TOKEN")
        for path in (place.path(first), place.path(second))
    ]
    # Two visitors of the same clip see the same page: no visit, no expression of their own.
    assert texts[0] == texts[1]
    assert first not in texts[0]


def test_a_clip_with_nothing_but_a_title_has_a_page(place: PhonePlace) -> None:
    bare = place.add_clip(kind=ClipKind.AD, title="<b>차 & 빵</b>")
    text = place.app().test_client().get(place.path(place.show(bare)), headers=EN).text
    assert "&lt;b&gt;차 &amp; 빵&lt;/b&gt;" in text
    assert "<img" not in text
    assert "tel:" not in text
    assert "Details" not in text


def test_no_link_of_an_unsafe_kind_is_offered(place: PhonePlace, client: FlaskClient) -> None:
    evil = place.add_clip(
        kind=ClipKind.AD,
        title="x",
        link="javascript:alert(1)",
        map_link="data:text/html,x",
        phone="javascript:02-1",
        address='"><script>',
    )
    text = client.get(place.path(place.show(evil)), headers=EN).text
    assert "data:text" not in text
    assert 'href="javascript' not in text
    assert 'href="tel:021"' in text
    assert "<script" not in text
    assert "openstreetmap.org/search?query=%22%3E%3Cscript%3E" in text


def test_the_picture_is_the_clip_s_thumbnail(place: PhonePlace, client: FlaskClient) -> None:
    play = shown(place)
    response = client.get(f"{place.path(play)}/picture")
    assert response.mimetype == "image/jpeg"
    assert response.data == (place.clips_dir / str(place.clip("Ongi").thumbnail)).read_bytes()


# --- the answer ---------------------------------------------------------------------------


def rate(client: FlaskClient, path: str, value: str | None) -> TestResponse:
    return client.post(f"{path}/rating", data={} if value is None else {"value": value})


def test_an_answer_lands_in_the_ratings_and_the_page_thanks(
    place: PhonePlace, client: FlaskClient
) -> None:
    play = shown(place)
    path = place.path(play)
    response = client.post(f"{path}/rating?lang=en", data={"value": "0"})
    assert response.status_code == 303
    target = f"{path}/rating".rpartition("/")[0].rpartition("/")[0]
    token = path.rpartition("/")[2]
    assert response.headers["Location"] == f"../{token}?lang=en&given=0#answer"
    stored = RatingStore(place.database).get(play)
    assert stored is not None
    assert (stored.value, stored.source) == (0, RatingSource.PHONE)
    page = client.get(f"{target}/{token}?lang=en&given=0").text
    assert "You answered “Not really”" in page
    assert "<form" not in page


def test_a_second_answer_changes_nothing(place: PhonePlace, client: FlaskClient) -> None:
    path = place.path(play := shown(place, rating=1))
    assert rate(client, path, "0").status_code == 303
    stored = RatingStore(place.database).get(play)
    assert stored is not None
    assert (stored.value, stored.source) == (1, RatingSource.PANEL)


@pytest.mark.parametrize("query", ["", "?given=0", "?given=", "?given=5"])
def test_an_answer_of_somebody_else_is_not_this_phone_s(
    place: PhonePlace, client: FlaskClient, query: str
) -> None:
    """Given on the panel or on the phone of the next one who scans: its value is nobody else's."""
    text = client.get(place.path(shown(place, rating=1)) + query, headers=KO).text
    assert "이미 답이 있습니다" in text
    assert "답하셨습니다" not in text
    assert "나의 답" not in text
    assert "<form" not in text


@pytest.mark.parametrize("value", [None, "", "2", "-1", "1.0", "on", "1" * 900])
def test_any_other_answer_is_400(place: PhonePlace, client: FlaskClient, value: str | None) -> None:
    assert rate(client, place.path(shown(place)), value).status_code == 400
    assert place.posted == []


def test_a_body_over_1_kb_is_413(place: PhonePlace, client: FlaskClient) -> None:
    response = client.post(f"{place.path(shown(place))}/rating", data={"value": "1" * 2000})
    assert response.status_code == 413


def test_a_full_inbox_is_a_friendly_503(place: PhonePlace, client: FlaskClient) -> None:
    place.is_full = True
    response = rate(client, place.path(shown(place)), "1")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    assert "<h1>잠시 뒤에 다시 열어 주세요</h1>" in response.text


@pytest.fixture
def surveying(tmp_path: Path) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path, rating={"scale": "five", "ask_seen_before": True})
    yield place
    place.database.close()


def test_five_steps_and_then_seen_before(surveying: PhonePlace) -> None:
    client = surveying.app().test_client()
    path = surveying.path(play := shown(surveying))
    text = client.get(path, headers=KO).text
    assert text.count('name="stars"') == 5
    assert "전에 본 적" not in text
    assert client.post(f"{path}/rating", data={"stars": "4"}).status_code == 303
    text = client.get(f"{path}?given=4", headers=KO).text
    assert "5점 중 4점을 주셨습니다" in text
    assert "이 영상을 전에 본 적이 있나요?" in text
    assert client.post(f"{path}/seen-before", data={"value": "0"}).status_code == 303
    assert "<form" not in client.get(path, headers=KO).text
    stored = RatingStore(surveying.database).get(play)
    assert stored is not None
    assert (stored.value, stored.stars, stored.seen_before) == (1, 4, False)


@pytest.mark.parametrize(
    ("form", "answer"),
    [
        ("rating", {"stars": "0"}),
        ("rating", {"stars": "6"}),
        ("rating", {"stars": "٣"}),
        ("rating", {"stars": ""}),
        ("seen-before", {"value": "2"}),
        ("seen-before", {}),
    ],
)
def test_no_other_step_is_an_answer(
    surveying: PhonePlace, form: str, answer: dict[str, str]
) -> None:
    client = surveying.app().test_client()
    path = surveying.path(shown(surveying))
    assert client.post(f"{path}/{form}", data=answer).status_code == 400
    assert surveying.posted == []


def test_seen_before_without_an_answer_changes_nothing(surveying: PhonePlace) -> None:
    client = surveying.app().test_client()
    path = surveying.path(play := shown(surveying))
    assert client.post(f"{path}/seen-before", data={"value": "1"}).status_code == 410
    assert RatingStore(surveying.database).get(play) is None


def test_a_rating_needs_a_link_of_this_unit(place: PhonePlace, client: FlaskClient) -> None:
    assert rate(client, "/c/AAAA.BBBB.CCCC", "1").status_code == 404
    assert place.posted == []


def test_a_rating_is_posted_as_the_phone_s(place: PhonePlace, client: FlaskClient) -> None:
    rate(client, place.path(play := shown(place)), "1")
    (message,) = place.posted
    assert isinstance(message, RatingGiven)
    assert (message.play_id, message.value, message.source) == (play, 1, RatingSource.PHONE)


# --- what it refuses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/c/x", "/c/AAAA.BBBB.CCCC", "/c/", "/c/%00", "/c/a/b", "/media/x.mp4", "/status", "/.env"],
)
def test_forged_and_unknown_addresses_are_a_friendly_404(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers=KO)
    assert response.status_code == 404
    assert "<h1>찾을 수 없는 주소입니다</h1>" in response.text


def test_an_expired_link_is_a_friendly_410(
    place: PhonePlace, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = place.path(shown(place))
    monkeypatch.setattr(place, "later_s", 3700.0)
    for answer in (
        client.get(path, headers=EN),
        client.get(f"{path}/picture", headers=EN),
        client.post(f"{path}/rating", data={"value": "1"}, headers=EN),
    ):
        assert answer.status_code == 410
        assert "<h1>This link has expired</h1>" in answer.text


def test_the_page_of_a_removed_clip_says_so(place: PhonePlace, client: FlaskClient) -> None:
    gone = place.add_clip(kind=ClipKind.AD, title="gone")
    path = place.path(place.show(gone))
    ClipStore(place.database).remove(gone.id)
    response = client.get(path, headers=EN)
    assert response.status_code == 410
    assert "<h1>This clip has gone</h1>" in response.text


def test_too_many_requests_are_a_friendly_429(tmp_path: Path) -> None:
    place = PhonePlace(tmp_path, has_starters=False, phone={"requests_per_minute": 5})
    client = place.app().test_client()
    codes = [client.get("/", headers=EN).status_code for _ in range(6)]
    assert codes == [200] * 5 + [429]
    other = client.get("/", environ_base={"REMOTE_ADDR": "192.168.0.99"})
    assert other.status_code == 200
    place.database.close()


def test_a_store_that_cannot_be_read_is_a_friendly_503(tmp_path: Path) -> None:
    place = PhonePlace(tmp_path, has_starters=False)
    path = place.path(uuid_of(1))
    place.database.close()
    place.database_path.write_bytes(b"no database at all, only text" * 100)
    response = place.app().test_client().get(path, headers=EN)
    assert response.status_code == 503
    assert "<h1>Please try again in a moment</h1>" in response.text
    assert str(tmp_path) not in response.text


def test_the_bare_address_is_friendly_and_not_for_search_engines(client: FlaskClient) -> None:
    response = client.get("/", headers=KO)
    assert response.status_code == 200
    assert "QR 코드를 찍으면" in response.text
    assert "Disallow: /" in client.get("/robots.txt").text


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_405(place: PhonePlace, client: FlaskClient, method: str) -> None:
    assert getattr(client, method)(place.path(shown(place))).status_code == 405


def test_no_answer_repeats_the_host_that_was_asked_for(
    place: PhonePlace, client: FlaskClient
) -> None:
    """Else a link in an answer could lead wherever a stranger wants."""
    path = place.path(shown(place))
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for answer in (
        client.get(path, headers=evil),
        client.post(f"{path}/rating", data={"value": "1"}, headers=evil),
        client.get("/nothing", headers=evil),
        client.get("/c/", headers=evil),
        client.get("/c//x", headers=evil),
        client.get("/", headers=evil, environ_overrides={"PATH_INFO": ""}),
    ):
        assert "evil.example" not in answer.text + str(answer.headers)


def test_nothing_is_left_in_the_visitor_s_browser(place: PhonePlace, client: FlaskClient) -> None:
    path = place.path(shown(place))
    for answer in (client.get(path), client.post(f"{path}/rating", data={"value": "1"})):
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("tail", ["%0d%0aSet-Cookie:%20a=b", "%0aX: y", "?lang=en%0d%0aX:%20y"])
def test_no_header_can_be_smuggled_into_the_way_back(
    place: PhonePlace, client: FlaskClient, tail: str
) -> None:
    answer = client.post(f"{place.path(shown(place))}/rating{tail}", data={"value": "1"})
    assert answer.status_code in (303, 404)
    assert "Set-Cookie" not in answer.headers
    assert "\n" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("value", ["bytes=0-,0-,0-,0-", "bytes=-" + "9" * 5000, "bytes=9-1", "x"])
def test_no_range_of_the_picture_brings_more_than_it_has(
    place: PhonePlace, client: FlaskClient, value: str
) -> None:
    path = f"{place.path(shown(place))}/picture"
    whole = len(client.get(path).data)
    answer = client.get(path, headers={"Range": value})
    assert answer.status_code in (200, 206, 416)
    assert len(answer.data) <= max(whole, 5000)


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 300,
        "application/x-www-form-urlencoded; charset=nonsense",
        "application/json",
        "\xff",
    ],
)
def test_odd_forms_are_refused_not_answered_with_an_error_of_ours(
    place: PhonePlace, client: FlaskClient, kind: str
) -> None:
    path = f"{place.path(shown(place))}/rating"
    for body in (b"", b"\xff\xfe", b"--x\r\n\r\n", b"value=%ff", b"&" * 900):
        assert client.post(path, data=body, content_type=kind).status_code == 400
