"""Attacks on the panel's real server: from other pages, other names, and with odd requests."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.daemon.web_server import MAX_HEADER_BYTES, MAX_REQUEST_BYTES
from appliance.web.panel.events import MAX_STREAMS
from tests.web.scripted_unit import ScriptedUnit

CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
SAME_SITE = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}
FOLLOWED_LINK = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedUnit]:
    folder = tmp_path_factory.mktemp("unit")
    (folder / "secret.key").write_text("secret")
    (folder / "clips").mkdir()
    (folder / "clips" / "a1.mp4").write_bytes(bytes(range(256)) * 10)
    with ScriptedUnit(folder / "clips") as unit:
        unit.show()
        yield unit


def answer(
    unit: ScriptedUnit, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, bytes]:
    """The path goes out as it is: no client of ours tidies it."""
    connection = http.client.HTTPConnection("127.0.0.1", unit.server.port, timeout=20)
    body = b'{"pause_s": 0}' if method == "POST" else None
    kind = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, body, kind | (headers or {}))
    response = connection.getresponse()
    found = response.status, response.read() if path != "/events" else b""
    connection.close()
    return found


def raw(unit: ScriptedUnit, request: bytes) -> bytes:
    """The first line of what the server says to these bytes."""
    with socket.create_connection(("127.0.0.1", unit.server.port), timeout=20) as client:
        client.sendall(request)
        return client.makefile("rb").readline()


# --- other pages --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/events", "/status", "/metrics", "/media/a1.mp4", "/privacy"])
@pytest.mark.parametrize("headers", [CROSS_SITE, SAME_SITE, FOLLOWED_LINK], ids=str)
def test_no_other_page_may_read_or_hold_anything_open(
    unit: ScriptedUnit, path: str, headers: dict[str, str]
) -> None:
    assert answer(unit, path, headers)[0] == 403


def test_an_event_stream_of_another_origin_is_refused(unit: ScriptedUnit) -> None:
    assert answer(unit, "/events", {"Origin": "http://evil.example"})[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        CROSS_SITE,
        SAME_SITE,
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
def test_no_other_page_may_post(unit: ScriptedUnit, headers: dict[str, str]) -> None:
    before = len(unit.posted)
    assert answer(unit, "/sensing", headers, "POST")[0] == 403
    assert len(unit.posted) == before


def test_a_form_of_another_page_cannot_pass_for_the_page_s_own_body(unit: ScriptedUnit) -> None:
    """A browser without Fetch Metadata sends forms and plain text without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert answer(unit, "/sensing", {"Content-Type": kind}, "POST")[0] == 415


def test_a_followed_link_and_the_page_itself_are_answered(unit: ScriptedUnit) -> None:
    own = {"Sec-Fetch-Site": "same-origin", "Origin": unit.url}
    assert answer(unit, "/", FOLLOWED_LINK)[0] == 200
    assert answer(unit, "/status", own)[0] == 200
    assert answer(unit, "/sensing", own, "POST")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1"])
def test_a_rebound_name_is_refused(unit: ScriptedUnit, host: str) -> None:
    assert answer(unit, "/", {"Host": host})[0] == 403


def test_two_host_headers_are_no_way_around(unit: ScriptedUnit) -> None:
    two = f"GET /status HTTP/1.1\r\nHost: 127.0.0.1:{unit.server.port}\r\nHost: evil.example\r\n"
    assert b" 200 " not in raw(unit, two.encode() + b"\r\n")


def test_without_a_host_nothing_is_said(unit: ScriptedUnit) -> None:
    assert b" 403 " in raw(unit, b"GET /status HTTP/1.0\r\n\r\n")


# --- event streams ------------------------------------------------------------------------


def test_all_streams_taken_leaves_the_page_its_other_requests(unit: ScriptedUnit) -> None:
    request = f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{unit.server.port}\r\n\r\n".encode()
    streams = []
    for _ in range(MAX_STREAMS):
        stream = socket.create_connection(("127.0.0.1", unit.server.port), timeout=20)
        stream.sendall(request)
        assert b" 200 " in stream.makefile("rb").readline()
        streams.append(stream)
    assert b" 503 " in raw(unit, request)
    assert answer(unit, "/sensing", method="POST")[0] == 200
    assert answer(unit, "/media/a1.mp4")[0] == 200
    for stream in streams:
        stream.close()


def test_asking_for_a_stream_s_head_takes_none(tmp_path: Path) -> None:
    with ScriptedUnit(tmp_path) as fresh:
        for _ in range(2 * MAX_STREAMS):
            assert answer(fresh, "/events", method="HEAD")[0] == 200


# --- too much of anything -----------------------------------------------------------------


def test_oversized_headers_are_431(unit: ScriptedUnit) -> None:
    long = b"GET / HTTP/1.1\r\nX-Long: " + b"a" * MAX_HEADER_BYTES + b"\r\n\r\n"
    many = b"GET / HTTP/1.1\r\n" + b"X-Many: a\r\n" * (MAX_HEADER_BYTES // 11 + 1) + b"\r\n"
    assert b" 431 " in raw(unit, long)
    assert b" 431 " in raw(unit, many)


def test_a_body_in_chunks_is_bounded_as_well(unit: ScriptedUnit) -> None:
    head = f"POST /sensing HTTP/1.1\r\nHost: 127.0.0.1:{unit.server.port}\r\n".encode()
    head += b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    assert b" 413 " in raw(unit, head + chunk * 2 + b"0\r\n\r\n")
    assert b" 413 " in raw(unit, head + chunk * (MAX_REQUEST_BYTES // 4096 + 2))


@pytest.mark.parametrize(
    "value",
    [
        "bytes=" + ",".join(["0-"] * 1000),
        "bytes=0-0," + ",".join(f"{n}-{n}" for n in range(1, 900)),
        "bytes=5-1",
        "bytes=-0",
        "bytes=--5",
        "bytes=" + "9" * 5000 + "-",
        "bytes=0-" + "9" * 5000,
        "bytes=-" + "9" * 5000,
        "bytes=\u0663-",
        "chunks=0-1",
        "bytes",
        "=",
    ],
    ids=lambda value: value[:20],
)
def test_no_range_brings_more_than_the_file_once(unit: ScriptedUnit, value: str) -> None:
    sent = {"Range": value.encode("utf-8").decode("latin-1")}
    status, body = answer(unit, "/media/a1.mp4", sent)
    assert status in (200, 206, 416)
    assert len(body) <= 2560


@pytest.mark.parametrize("text", ["9" * 5000, "Fri, 31 Dec 99999 23:59:59 GMT", "\xff", '"'])
@pytest.mark.parametrize("name", ["If-Range", "If-Modified-Since", "If-None-Match", "If-Match"])
def test_odd_conditions_are_no_error_of_ours(unit: ScriptedUnit, name: str, text: str) -> None:
    status, _ = answer(unit, "/media/a1.mp4", {name: text, "Range": "bytes=0-1"})
    assert status in (200, 206, 304, 412)


@pytest.mark.parametrize(
    "path",
    [
        "/media/../../secret.key",
        "/media/..%2f..%2fsecret.key",
        "/media/%2e%2e/secret.key",
        "/media//../secret.key",
        "/media/..\\secret.key",
        "/media/%252e%252e%252fsecret.key",
        "/media/a1.mp4%00",
        "/ui/..%2f..%2f..%2fREADME.md",
        "/ui/%00.js",
        "/ui/../../privacy.ko.json",
        "/ui//etc/passwd.js",
        "/qr/..%2f..%2fsecret.svg",
        "/%2e%2e/secret.key",
    ],
)
def test_no_path_leads_out_of_a_folder(unit: ScriptedUnit, path: str) -> None:
    status, body = answer(unit, path)
    assert status == 404
    assert b"secret" not in body


@pytest.mark.parametrize("path", ["/qr/x%0d%0aSet-Cookie:%20a=b.svg", "/media/%0d%0aX-Evil:%201"])
def test_no_header_can_be_smuggled_into_an_answer(unit: ScriptedUnit, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", unit.server.port, timeout=20)
    connection.putrequest("GET", path)
    connection.endheaders()
    headers = connection.getresponse().headers
    assert "Set-Cookie" not in headers
    assert "X-Evil" not in headers
    connection.close()


def test_the_panel_answers_on_loopback_alone(unit: ScriptedUnit) -> None:
    """On any other interface 127.0.0.2 would be answered too."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", unit.server.port), timeout=20)
