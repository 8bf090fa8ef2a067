"""The web server starts, says why it cannot, notices pages that go, and ends."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from flask import Flask, Response, request

from appliance.daemon import timed_channel
from appliance.daemon.timed_channel import ConnectionRules
from appliance.daemon.web_server import MAX_REQUEST_BYTES, WebServer
from appliance.errors import WebError


def an_app() -> Flask:
    app = Flask("test")

    @app.post("/")
    def take() -> str:
        return str(len(request.get_data()))

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], WebServer]]:
    servers: list[WebServer] = []

    def start(app: Flask) -> WebServer:
        server = WebServer(app, "127.0.0.1", 0, 2, "test")
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


def test_port_0_takes_a_free_one_and_says_which(serve: Callable[[Flask], WebServer]) -> None:
    server = serve(an_app())
    assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=20).text == "hello"


def test_a_phone_that_gives_up_writes_nothing_into_the_log(
    serve: Callable[[Flask], WebServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    app, has_come, was_noticed = Flask("test"), threading.Event(), threading.Event()

    @app.get("/slow")
    def slow() -> str:
        has_come.set()
        while not request.environ["waitress.client_disconnected"]():
            time.sleep(0.01)
        was_noticed.set()
        return "too late"

    server = serve(app)
    with socket.create_connection(("127.0.0.1", server.port)) as phone:
        phone.sendall(b"GET /slow HTTP/1.1\r\nHost: unit\r\n\r\n")
        assert has_come.wait(20)
    assert was_noticed.wait(20)
    server.stop()
    said = [record.getMessage() for record in caplog.records]
    assert not [line for line in said if "/slow" in line]


def test_a_port_in_use_is_one_line_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebError) as caught:
            WebServer(an_app(), "127.0.0.1", port, 2, "panel")
    assert str(caught.value) == (
        f"panel server cannot listen on 127.0.0.1:{port}: the port is in use; "
        "end the other program or set another port"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no such name"])
def test_an_address_of_another_machine_is_one_line(host: str) -> None:
    with pytest.raises(WebError, match=f"cannot listen on {host}:0") as caught:
        WebServer(an_app(), host, 0, 2, "phone")
    assert "\n" not in str(caught.value)


def test_stop_frees_the_port_and_ends_the_thread() -> None:
    server = WebServer(an_app(), "127.0.0.1", 0, 2, "test")
    server.start()
    server.stop()
    assert not server.is_alive
    socket.create_server(("127.0.0.1", server.port)).close()


def test_a_server_that_was_never_started_frees_its_port() -> None:
    server = WebServer(an_app(), "127.0.0.1", 0, 2, "test")
    server.stop()
    socket.create_server(("127.0.0.1", server.port)).close()


def test_an_oversized_body_does_not_reach_the_app(serve: Callable[[Flask], WebServer]) -> None:
    server = serve(an_app())
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", str(MAX_REQUEST_BYTES + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def streaming_app(is_over: threading.Event) -> Flask:
    app = Flask("test")

    @app.get("/")
    def stream() -> Response:
        has_gone = request.environ["waitress.client_disconnected"]

        def chunks() -> Iterator[str]:
            yield "first\n"
            while not has_gone():
                is_over.wait(0.05)

        response = Response(chunks())
        response.call_on_close(is_over.set)
        return response

    return app


def test_a_stream_whose_page_has_gone_gives_its_thread_back(
    serve: Callable[[Flask], WebServer],
) -> None:
    is_over = threading.Event()
    server = serve(streaming_app(is_over))
    with requests.get(f"http://127.0.0.1:{server.port}/", stream=True, timeout=20) as response:
        assert next(response.iter_lines()) == b"first"
    assert is_over.wait(20)


def test_stop_ends_open_streams() -> None:
    is_over = threading.Event()
    server = WebServer(streaming_app(is_over), "127.0.0.1", 0, 2, "test")
    server.start()
    with requests.get(f"http://127.0.0.1:{server.port}/", stream=True, timeout=20) as response:
        next(response.iter_lines())
        server.stop()
        assert is_over.is_set()
        assert not server.is_alive


# --- clients that take their time ---------------------------------------------------------


def is_cut_off(client: socket.socket) -> bool:
    """Whether the server ends the connection before the test loses its patience."""
    client.settimeout(20)
    try:
        while client.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def drips_until_cut_off(client: socket.socket) -> int:
    for drips in range(400):
        try:
            client.sendall(b"X-Slow: 1\r\n")
        except OSError:
            return drips
        time.sleep(0.05)
    return 400


def test_a_request_that_drips_in_is_cut_off_however_steadily(
    serve: Callable[[Flask], WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_channel, "REQUEST_TIMEOUT_S", 0.3)
    server = serve(an_app())
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert drips_until_cut_off(client) < 400


def test_a_connection_that_asks_nothing_is_cut_off(
    serve: Callable[[Flask], WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_channel, "IDLE_TIMEOUT_S", 0.3)
    server = serve(an_app())
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        assert is_cut_off(client)


def test_who_is_being_answered_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed_channel, "REQUEST_TIMEOUT_S", 0.0)
    monkeypatch.setattr(timed_channel, "IDLE_TIMEOUT_S", 0.2)
    app, may_answer = Flask("test"), threading.Event()

    @app.get("/")
    def slow() -> str:
        # Longer than any client would be waited for, and the server looks twice a second.
        may_answer.wait(1.2)
        return "late"

    server = WebServer(app, "127.0.0.1", 0, 2, "test")
    server.start()
    assert requests.get(f"http://127.0.0.1:{server.port}/", timeout=20).text == "late"
    server.stop()


def test_a_clock_set_back_by_years_does_not_keep_idle_connections(
    serve: Callable[[Flask], WebServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timed_channel, "IDLE_TIMEOUT_S", 0.3)
    server = serve(an_app())
    now_s = time.time()
    monkeypatch.setattr("waitress.server.time.time", lambda: now_s - 10 * 31_557_600)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        assert is_cut_off(client)


def test_one_address_cannot_take_all_connections() -> None:
    server = WebServer(an_app(), "127.0.0.1", 0, 2, "test", ConnectionRules(3, 9))
    server.start()
    where = ("127.0.0.1", server.port)
    held = [socket.create_connection(where) for _ in range(3)]
    with socket.create_connection(where) as one_more:
        assert is_cut_off(one_more)
    with socket.create_connection(where, source_address=("127.0.0.9", 0)) as other:
        other.settimeout(20)
        other.sendall(b"GET / HTTP/1.1\r\nHost: unit\r\n\r\n")
        assert b" 200 " in other.makefile("rb").readline()
    for client in held:
        client.close()
    server.stop()


def test_a_flood_that_has_to_queue_writes_nothing_into_the_log(
    serve: Callable[[Flask], WebServer], caplog: pytest.LogCaptureFixture
) -> None:
    app, may_answer = Flask("test"), threading.Event()

    @app.get("/")
    def slow() -> str:
        may_answer.wait(20)
        return "at last"

    server = serve(app)
    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
    for client in clients:
        client.sendall(b"GET / HTTP/1.1\r\nHost: unit\r\nConnection: close\r\n\r\n")
    may_answer.set()
    for client in clients:
        assert is_cut_off(client)
        client.close()
    assert not caplog.records


def test_after_a_slow_answer_the_client_has_its_whole_time() -> None:
    channel = timed_channel.TimedChannel.__new__(timed_channel.TimedChannel)
    channel.request, channel.requests, channel.waiting_since_s = None, ["being answered"], 0.0
    timed_channel.close_late([channel], 1000.0)
    assert not channel.will_close
    channel.requests = []
    timed_channel.close_late([channel], 1000.0 + timed_channel.IDLE_TIMEOUT_S)
    assert not channel.will_close
    timed_channel.close_late([channel], 1000.1 + timed_channel.IDLE_TIMEOUT_S)
    assert channel.will_close
