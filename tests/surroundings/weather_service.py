"""A weather service on loopback that answers as it is told, well or badly."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Calls the service's present answer; notes what was asked."""

    server: WeatherService

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append((parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}))
        with contextlib.suppress(OSError):
            self.server.answer(self)

    def log_message(self, *_: object) -> None:
        pass

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class WeatherService(ThreadingHTTPServer):
    daemon_threads = True
    answer: Answer

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()
        self.says({"current": {"time": "2026-04-10T05:00", "interval": 900, "weather_code": 61}})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/forecast"

    def says(self, content: Any) -> None:
        """Answer with ``content``: bytes as they are, anything else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.answer = lambda handler: handler.send(body, Content_Type="application/json")

    def fails_with(self, status: int, **headers: str) -> None:
        self.answer = lambda handler: handler.send(b"", status, **headers)

    def drips(self, header: bytes) -> None:
        """Sends ``header`` at once and then a byte now and then, for ever."""

        def answer(handler: Handler) -> None:
            handler.wfile.write(header)
            while not self.closing.is_set():
                handler.wfile.write(b" ")
                time.sleep(0.02)

        self.answer = answer

    def pours(self) -> None:
        """An endless body, as fast as it is taken."""

        def answer(handler: Handler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.closing.is_set():
                handler.wfile.write(b" " * 4096)

        self.answer = answer


@contextlib.contextmanager
def weather_service() -> Iterator[WeatherService]:
    service = WeatherService()
    thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.closing.set()
        service.shutdown()
        service.server_close()
        thread.join()
