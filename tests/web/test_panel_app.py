"""Every route of the panel app, with what the page sends and with what it never would."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from appliance.domain import PlaybackEvent, RatingSource, Screen
from appliance.errors import PlaybackError
from appliance.messages import (
    Answer,
    Message,
    PlaybackReported,
    RatingGiven,
    ScreenSkipped,
    SeenBeforeGiven,
    SensingPauseRequested,
    StaffWish,
    StaffWished,
)
from appliance.web.panel.events import MAX_STREAMS
from appliance.web.panel.page_link import HEADER, SILENT_S, PageLink
from tests.web.scripted_unit import ScriptedUnit, a_starter_play, uuid_of

PLAYING = {"play_id": uuid_of(1), "event": "playing", "position_s": 0.0}
RATED = {"play_id": uuid_of(1), "value": 1}


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[ScriptedUnit]:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a1.mp4").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "clips" / "a1.jpg").write_bytes(b"picture")
    (tmp_path / "clips" / ".a1.mp4").write_bytes(b"half")
    (tmp_path / "clips" / "a1.mp4.part").write_bytes(b"half")
    (tmp_path / "secret.key").write_text("secret")
    (tmp_path / "appliance.db").write_text("database")
    unit = ScriptedUnit(tmp_path / "clips")
    yield unit
    unit.server.stop()


@pytest.fixture
def client(unit: ScriptedUnit) -> FlaskClient:
    return unit.client()


# --- the page -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/ui/panel.js", "text/javascript"),
        ("/ui/panel.css", "text/css"),
        ("/ui/i18n/ko.json", "application/json"),
    ],
)
def test_the_page_and_its_files_are_never_cached(client: FlaskClient, path: str, kind: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == kind
    assert response.headers["Cache-Control"] == "no-store"


def test_no_script_but_the_unit_s_own_can_run(client: FlaskClient) -> None:
    response = client.get("/")
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "<script type" in response.text
    assert "onclick" not in response.text
    assert " style=" not in response.text


@pytest.mark.parametrize(
    "path", ["/ui/../phone/clip.html", "/ui/%2e%2e/phone/frame.html", "/ui/nothing.js", "/ui/"]
)
def test_nothing_beside_the_panel_s_own_folder_is_given_out(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_both_languages_have_the_same_texts() -> None:
    folder = Path(__file__).parents[2] / "kiosk_ui"
    for part in ("panel", "phone"):
        tables = [
            json.loads((folder / part / "i18n" / f"{language}.json").read_text("utf-8"))
            for language in ("ko", "en")
        ]
        assert tables[0].keys() == tables[1].keys()
        assert all(text.strip() for table in tables for text in table.values())


def test_the_privacy_text_is_there_in_both_languages(client: FlaskClient) -> None:
    text = client.get("/privacy").get_json()
    assert len(text["ko"]) == len(text["en"]) >= 4


def test_status_is_what_the_unit_says(client: FlaskClient) -> None:
    assert client.get("/status").get_json() == {"screen": "healing", "pages": 0}


# --- whom it answers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost:81", "", "["]
)
def test_another_host_name_is_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/status", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.1:80", "[::1]", "LOCALHOST"])
def test_the_machine_s_own_names_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:81"])
def test_posts_of_other_pages_are_refused(
    unit: ScriptedUnit, client: FlaskClient, origin: str
) -> None:
    response = client.post("/rating", json=RATED, headers={"Origin": origin})
    assert response.status_code == 403
    assert unit.posted == []


def test_a_post_of_the_page_itself_is_taken(client: FlaskClient) -> None:
    origin = {"Origin": "http://localhost"}
    assert client.post("/rating", json=RATED, headers=origin).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/playback", PLAYING),
        ("/rating", RATED),
        ("/seen-before", {"play_id": uuid_of(1), "seen_before": True}),
        ("/skip", {"play_id": uuid_of(1)}),
        ("/alive", {"frames": 1}),
    ],
)
@pytest.mark.parametrize("key", [None, "", "0" * 32, "\xff"])
def test_what_only_the_unit_s_page_may_say_needs_its_key(
    unit: ScriptedUnit, path: str, body: dict[str, Any], key: str | None
) -> None:
    headers = {} if key is None else {HEADER: key}
    response = unit.app.test_client().post(path, json=body, headers=headers)
    assert response.status_code == 403
    assert "\n" not in response.get_json()["error"]
    assert (unit.posted, unit.link.refused) == ([], 1)


def test_anybody_on_the_machine_may_close_the_camera(unit: ScriptedUnit) -> None:
    response = unit.app.test_client().post("/sensing", json={"pause_s": 60})
    assert response.status_code == 200


def test_a_report_that_cannot_be_true_is_a_conflict(
    unit: ScriptedUnit, client: FlaskClient
) -> None:
    unit.error = PlaybackError("'ended' before 'playing'")
    response = client.post("/playback", json=PLAYING)
    assert (response.status_code, response.get_json()) == (
        409,
        {"error": "'ended' before 'playing'"},
    )


def test_a_page_is_silent_until_its_frames_are_heard() -> None:
    now_s = [100.0]
    link = PageLink("key", lambda: now_s[0])
    now_s[0] += 60
    # It was never there: a unit without a screen has no trouble with it.
    assert (link.silent_s, link.troubles) == (60.0, ())
    link.heard()
    now_s[0] += SILENT_S
    assert link.troubles == ()
    now_s[0] += 1
    assert link.troubles == ("page-silent",)
    link.heard()
    assert (link.silent_s, link.troubles) == (0.0, ())


# --- what it takes ------------------------------------------------------------------------


def without_reply(message: Message) -> dict[str, Any]:
    return {
        name: getattr(message, name)
        for name in type(message).__dataclass_fields__
        if name != "reply"
    }


@pytest.mark.parametrize(
    ("path", "body", "kind", "fields"),
    [
        (
            "/playback",
            {"play_id": uuid_of(1), "event": "error", "position_s": 3.5, "detail": "3:\n no\x1b"},
            PlaybackReported,
            {
                "play_id": uuid_of(1),
                "event": PlaybackEvent.ERROR,
                "position_s": 3.5,
                "detail": "3: no",
            },
        ),
        (
            "/rating",
            RATED,
            RatingGiven,
            {"play_id": uuid_of(1), "value": 1, "source": RatingSource.PANEL, "stars": None},
        ),
        *(
            (
                "/rating",
                {"play_id": uuid_of(1), "stars": stars},
                RatingGiven,
                {
                    "play_id": uuid_of(1),
                    "value": value,
                    "source": RatingSource.PANEL,
                    "stars": stars,
                },
            )
            for stars, value in ((1, 0), (2, 0), (3, None), (4, 1), (5, 1))
        ),
        (
            "/seen-before",
            {"play_id": uuid_of(1), "seen_before": False},
            SeenBeforeGiven,
            {"play_id": uuid_of(1), "seen_before": False, "source": RatingSource.PANEL},
        ),
        ("/skip", {"play_id": uuid_of(2)}, ScreenSkipped, {"play_id": uuid_of(2)}),
        ("/sensing", {"pause_s": 300}, SensingPauseRequested, {"duration_s": 300}),
        ("/sensing", {"pause_s": 0}, SensingPauseRequested, {"duration_s": 0}),
        (
            "/sensing/staff",
            {"wish": "stop", "for_s": 60},
            StaffWished,
            {"wish": StaffWish.STOP, "for_s": 60},
        ),
        (
            "/sensing/staff",
            {"wish": "start"},
            StaffWished,
            {"wish": StaffWish.START, "for_s": None},
        ),
    ],
)
def test_what_the_page_reports_reaches_the_inbox_as_it_is(
    unit: ScriptedUnit,
    client: FlaskClient,
    path: str,
    body: dict[str, Any],
    kind: type[Message],
    fields: dict[str, Any],
) -> None:
    response = client.post(path, json=body)
    assert (response.status_code, response.get_json()) == (200, {"answer": "done"})
    (message,) = unit.posted
    assert isinstance(message, kind)
    assert without_reply(message) == fields


def test_a_second_rating_is_told_already(unit: ScriptedUnit, client: FlaskClient) -> None:
    unit.answer = Answer.ALREADY
    response = client.post("/rating", json=RATED)
    assert (response.status_code, response.get_json()) == (200, {"answer": "already"})


def test_a_full_inbox_is_503_so_that_the_page_tries_again(
    unit: ScriptedUnit, client: FlaskClient
) -> None:
    unit.is_full = True
    response = client.post("/rating", json=RATED)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"


def test_no_answer_in_time_is_503(tmp_path: Path) -> None:
    unit = ScriptedUnit(tmp_path, reply_timeout_s=0.05)
    unit.answer = None
    response = unit.client().post("/playback", json=PLAYING)
    assert response.status_code == 503
    assert "\n" not in response.get_json()["error"]
    unit.server.stop()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/playback", PLAYING | {"event": "exploded"}),
        ("/playback", PLAYING | {"position_s": -1}),
        ("/playback", PLAYING | {"position_s": "3"}),
        ("/playback", PLAYING | {"position_s": True}),
        ("/playback", PLAYING | {"play_id": "1"}),
        ("/playback", PLAYING | {"play_id": "../../x"}),
        ("/playback", PLAYING | {"extra": 1}),
        ("/playback", PLAYING | {"detail": "x" * 301}),
        ("/playback", {}),
        ("/rating", RATED | {"value": 2}),
        ("/rating", RATED | {"value": "1"}),
        ("/rating", RATED | {"value": True}),
        ("/rating", RATED | {"value": None}),
        ("/rating", RATED | {"stars": 4}),
        ("/rating", {"play_id": uuid_of(1), "stars": 0}),
        ("/rating", {"play_id": uuid_of(1), "stars": 6}),
        ("/seen-before", {"play_id": uuid_of(1), "seen_before": 1}),
        ("/seen-before", {"play_id": uuid_of(1), "seen_before": None}),
        ("/rating", [RATED]),
        ("/rating", None),
        ("/rating", "1"),
        ("/skip", {"play_id": None}),
        ("/sensing", {"pause_s": -1}),
        ("/sensing/staff", {"wish": "dance"}),
        ("/sensing/staff", {"wish": "stop", "for_s": 0}),
        ("/sensing/staff", {"wish": "stop", "for_s": 1e9}),
        ("/sensing", {"pause_s": 301}),
        ("/sensing", {"pause_s": 1e300}),
    ],
)
def test_unknown_fields_and_wrong_types_are_400_in_one_line(
    unit: ScriptedUnit, client: FlaskClient, path: str, body: object
) -> None:
    response = client.post(path, data=json.dumps(body), content_type="application/json")
    assert response.status_code == 400
    error = response.get_json()["error"]
    assert error
    assert "\n" not in error
    assert unit.posted == []


@pytest.mark.parametrize(
    "text", [b"", b"{", b"{'a': 1}", b"\xff\xfe", b"[" * 4000, b'{"pause_s": NaN}', b"\0"]
)
def test_malformed_json_is_400(client: FlaskClient, text: bytes) -> None:
    response = client.post("/sensing", data=text, content_type="application/json")
    assert response.status_code == 400


def test_a_body_over_4_kb_is_413(client: FlaskClient) -> None:
    body = json.dumps(PLAYING | {"detail": "x" * 5000})
    response = client.post("/playback", data=body, content_type="application/json")
    assert response.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_says_it_is_something_else_is_415(client: FlaskClient, kind: str) -> None:
    assert client.post("/rating", data=json.dumps(RATED), content_type=kind).status_code == 415


@pytest.mark.parametrize("path", ["/rating", "/seen-before", "/playback", "/skip", "/sensing"])
def test_a_get_where_a_post_belongs_is_405(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_a_flood_of_refusals_is_logged_once(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for number in range(20):
            client.post("/rating", json=RATED | {"value": 2 + number})
    assert len(caplog.records) == 1


def test_the_log_never_repeats_what_a_stranger_sent(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.post("/rating", json={"play_id": "SECRET\nforged line", "SECRET": 1})
    assert "SECRET" not in caplog.text
    assert len(caplog.records) == 1


# --- media --------------------------------------------------------------------------------


def test_a_clip_is_sent_whole_and_may_be_kept(client: FlaskClient) -> None:
    response = client.get("/media/a1.mp4")
    assert (response.status_code, len(response.data)) == (200, 2560)
    assert response.mimetype == "video/mp4"
    assert "immutable" in response.headers["Cache-Control"]


def test_a_range_gives_that_part_of_a_clip(client: FlaskClient) -> None:
    response = client.get("/media/a1.mp4", headers={"Range": "bytes=256-259"})
    assert (response.status_code, response.data) == (206, b"\0\1\2\3")
    assert response.headers["Content-Range"] == "bytes 256-259/2560"


def test_a_range_past_the_end_is_416(client: FlaskClient) -> None:
    assert client.get("/media/a1.mp4", headers={"Range": "bytes=9999-"}).status_code == 416


def test_a_thumbnail_is_a_picture(client: FlaskClient) -> None:
    assert client.get("/media/a1.jpg").mimetype == "image/jpeg"


@pytest.mark.parametrize(
    "name",
    [
        "../secret.key",
        "..%2fsecret.key",
        "%2e%2e/appliance.db",
        "%2e%2e%2fappliance.db",
        "....//secret.key",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        ".a1.mp4",
        "a1.mp4.part",
        "a1.mp4%00.jpg",
        "a1.mp4/",
        "nothing.mp4",
        "a1",
        "",
        "x" * 5000 + ".mp4",
        "a1.MP4",
        "clips\\a1.mp4",
        "é.mp4",
    ],
)
def test_path_tricks_on_media_are_404(client: FlaskClient, name: str) -> None:
    assert client.get(f"/media/{name}").status_code in (404, 308)
    assert b"secret" not in client.get(f"/media/{name}", follow_redirects=True).data


def test_a_link_out_of_the_library_is_404(
    tmp_path: Path, unit: ScriptedUnit, client: FlaskClient
) -> None:
    (tmp_path / "clips" / "link.mp4").symlink_to(tmp_path / "secret.key")
    assert client.get("/media/link.mp4").status_code == 404


# --- the code -----------------------------------------------------------------------------


def test_the_code_is_drawn_for_the_clip_on_screen_only(
    unit: ScriptedUnit, client: FlaskClient
) -> None:
    play = a_starter_play(3, "rain")
    assert client.get(f"/qr/{play.id}.svg").status_code == 404
    unit.show(screen=Screen.QR, play=play, qr_url="http://192.168.0.12:8081/c/x")
    response = client.get(f"/qr/{play.id}.svg")
    assert response.mimetype == "image/svg+xml"
    assert response.data.startswith(b"<?xml")
    assert client.get(f"/qr/{uuid_of(4)}.svg").status_code == 404


# --- the event stream ---------------------------------------------------------------------


def events(chunks: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    for chunk in chunks:
        for line in chunk.decode().splitlines():
            if line.startswith("data: "):
                yield json.loads(line[6:])


def test_the_stream_begins_with_the_whole_screen_and_follows_its_changes(
    unit: ScriptedUnit, client: FlaskClient
) -> None:
    unit.show(play=a_starter_play(1, "rain"))
    response = client.get("/events", buffered=False)
    assert response.mimetype == "text/event-stream"
    chunks = iter(response.response)
    assert b"retry:" in next(chunks)  # type: ignore[operator]
    stream = events(chunks)  # type: ignore[arg-type]
    assert next(stream)["play"]["id"] == uuid_of(1)
    unit.show(play=a_starter_play(2, "snow"))
    assert next(stream)["play"]["id"] == uuid_of(2)
    response.close()


def test_a_quiet_stream_says_that_it_is_still_there(
    unit: ScriptedUnit, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.web.panel.events.HEARTBEAT_S", 0.0)
    monkeypatch.setattr("appliance.web.panel.events.POLL_S", 0.01)
    response = client.get("/events", buffered=False)
    chunks = iter(response.response)
    next(chunks)
    assert next(chunks) == b": still here\n\n"
    response.close()


def test_streams_are_capped_and_given_back(unit: ScriptedUnit, client: FlaskClient) -> None:
    unit.show()
    open_streams = [client.get("/events", buffered=False) for _ in range(MAX_STREAMS)]
    assert client.get("/events").status_code == 503
    open_streams.pop().close()
    again = client.get("/events", buffered=False)
    assert again.status_code == 200
    for stream in [*open_streams, again]:
        stream.close()
