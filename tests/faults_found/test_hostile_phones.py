"""What a stranger in the unit's network cannot do: fill the log, take all places, turn it away."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.daemon.timed_channel import MALFORMED_PER_MINUTE, ConnectionRules, TimedChannel
from appliance.daemon.web_server import WebServer
from appliance.web.rate_limit import client_of
from tests.web.phone_place import PhonePlace

NO_REQUESTS = [
    b"GET http://[ HTTP/1.1\r\nHost: unit\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    b"GET http://[::x]/ HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    b"get / HTTP/1.1\r\n\r\n",
]
"""The first three end in an error of Python's in waitress 3.0.2, which logs the address."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path, has_starters=False)
    yield place
    place.database.close()


def serve(place: PhonePlace, host: str = "::", places: int = 6) -> WebServer:
    server = WebServer(place.app(), host, 0, 2, "phone", ConnectionRules(4, places))
    server.start()
    return server


def answer(port: int, sent: bytes, *, source: str = "127.0.0.1") -> bytes:
    """All that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 20, (source, 0)) as client:
        client.sendall(sent)
        client.settimeout(20)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := client.recv(4096):
                got += piece
        return got


def hello(port: int, source: str) -> bytes:
    return answer(port, b"GET / HTTP/1.1\r\nHost: unit\r\nConnection: close\r\n\r\n", source=source)


def test_what_is_no_request_is_400_and_writes_no_line(
    place: PhonePlace, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve(place)
    for sent in NO_REQUESTS:
        assert answer(server.port, sent).partition(b" ")[2].startswith(b"400 ")
    server.stop()
    assert caplog.records == []


def test_after_so_many_no_answer_is_given_but_others_have_theirs(place: PhonePlace) -> None:
    server = serve(place)
    answers = [answer(server.port, NO_REQUESTS[0]) for _ in range(MALFORMED_PER_MINUTE + 5)]
    assert [bool(each) for each in answers] == [True] * MALFORMED_PER_MINUTE + [False] * 5
    assert b" 200 " in hello(server.port, "127.0.0.2")
    server.stop()


def test_an_unforeseen_error_is_one_bounded_line_without_an_address(
    place: PhonePlace, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("x" * 10_000)

    monkeypatch.setattr("appliance.daemon.request_parser.HTTPRequestParser.parse_header", fail)
    server = serve(place)
    for _ in range(3):
        assert hello(server.port, "127.0.0.77") == b""
    server.stop()
    (record,) = caplog.records
    text = logging.Formatter().format(record)
    assert "KeyError" in text
    assert "127.0.0.77" not in text
    assert len(text.splitlines()) == 1
    assert len(text) < 200


def test_who_holds_the_most_gives_a_place_to_who_comes(place: PhonePlace) -> None:
    server = serve(place, places=6)
    held = [
        socket.create_connection(("127.0.0.1", server.port), 20, (source, 0))
        # More than waitress itself would take in.
        for source in (f"127.0.1.{number}" for number in range(1, 31))
        for _ in range(4)
    ]
    for client in held:
        with contextlib.suppress(OSError):
            client.sendall(b"GET / HTTP/1.1\r\n")
    assert b" 200 " in hello(server.port, "127.0.0.9")
    server.stop()
    for client in held:
        client.close()


@pytest.mark.parametrize(
    ("held", "one_more", "other"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
    ],
)
def test_a_network_of_ipv6_is_one_client(held: str, one_more: str, other: str) -> None:
    """RFC 6177: one phone has a whole /64 to itself. Asked of a channel, for want of addresses."""

    def channel(address: str) -> TimedChannel:
        made = TimedChannel.__new__(TimedChannel)
        made.client, made.will_close, made.requests = client_of(address), False, []
        return made

    channels = [channel(held) for _ in range(4)]
    for address, is_refused in ((other, False), (one_more, True)):
        last = channel(address)
        channels.append(last)
        last.server = SimpleNamespace(active_channels=dict(enumerate(channels)))
        last._take_place(ConnectionRules(4, 100))
        assert last.will_close is is_refused


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_phones_come_by_ipv6_and_by_ipv4(place: PhonePlace) -> None:
    server = serve(place, "::")
    request = b"GET / HTTP/1.1\r\nHost: unit\r\nConnection: close\r\n\r\n"
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, server.port), 20) as client:
            client.sendall(request)
            assert b" 200 " in client.makefile("rb").readline()
    server.stop()


def test_a_kernel_without_ipv6_listens_on_ipv4(
    place: PhonePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    server = serve(place, "::")
    assert b" 200 " in hello(server.port, "127.0.0.1")
    server.stop()


@pytest.mark.parametrize("uri", [b"http://evil.example", b"?x", b"//evil.example/..", b"/c"])
def test_no_request_is_led_to_the_host_it_names(place: PhonePlace, uri: bytes) -> None:
    """Flask 3.1.3 redirects an empty path to "/" of the Host header."""
    server = serve(place)
    sent = b"GET " + uri + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    got = answer(server.port, sent)
    server.stop()
    assert not got.startswith(b"HTTP/1.1 3")
    assert b"evil.example" not in got
