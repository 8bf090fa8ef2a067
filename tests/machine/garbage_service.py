"""Runs on the machine: a weather service that answers with noise, each time of another kind."""

from __future__ import annotations

import itertools
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

NOISE = itertools.cycle(
    [os.urandom(5000), b"", b"[" * 100_000, b'{"current": {"weather_code": "\\u0000"}}', b"null"]
)


class Noise(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(next(NOISE))

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 9009), Noise).serve_forever()
