"""The running unit on one screen, and the one line where there is none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from appliance.cli.status import status
from appliance.cli.status_lines import status_lines
from appliance.daemon.running_unit import RunningUnit

REPORT = {
    "version": "0.1.0",
    "pid": 42,
    "uptime_s": 3725.0,
    "screen": "show",
    "clip": "[bold]봄[/bold]",
    "why": "Thompson sampling",
    "sensing": "on",
    "troubles": ["no-clips"],
    "season": "spring",
    "day_time": "day",
    "weather": "rain",
    "weather_trouble": None,
    "camera": "picamera2",
    "frames_per_s": 7.96,
    "networks": ["faces", "emotion"],
    "network_troubles": [],
    "interest": "the paper's model",
    "faces": 2,
    "clips": 12,
    "queue": 0,
    "memory_mb": 210,
    "clock_synchronised": True,
    "temperature_c": 48.28,
    "throttled": [],
    "disk_free_bytes": 23_100_000_000,
    "errors_last_hour": 1,
    "warnings_last_hour": 2,
    "last_error": "The disk is slow",
}


@pytest.fixture
def unit(context) -> Iterator[list[bytes]]:
    """A unit that answers ``/status`` with the one body in the list."""
    body = [json.dumps(REPORT).encode()]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/status" else 404)
            self.end_headers()
            self.wfile.write(body[0])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    context.state_dir.mkdir()
    RunningUnit(42, f"http://127.0.0.1:{server.server_address[1]}", None).write(context.state_dir)
    yield body
    server.shutdown()
    server.server_close()
    thread.join()


def test_everything_worth_knowing_is_on_one_screen(unit, run_command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    code, output = run_command(status)()
    assert code == 0
    for part in (
        "show: [bold]봄[/bold]", "Thompson sampling", "picamera2 at 8.0 frames/s (sensing on)",
        "spring, day, rain", "no-clips", "48.3 °C", "none since the machine was started",
        "23.1 GB free", "synchronised", "1 errors, 2 warnings in the last hour; last: The disk is",
        "version 0.1.0, process 42, up 1 h 2 min",
    ):  # fmt: skip
        assert part in output
    assert len(output.splitlines()) <= 24


def test_what_a_machine_does_not_measure_is_said_not_guessed():
    lines = dict(status_lines(REPORT | {"temperature_c": None, "throttled": None}))
    assert lines["temperature"] == lines["throttling"] == "not measured"


def test_throttling_and_unknown_weather_are_named():
    changed = {"throttled": ["under-voltage"], "weather": None, "weather_trouble": "kma: down"}
    lines = dict(status_lines(REPORT | changed))
    assert lines["throttling"] == "under-voltage"
    assert lines["surroundings"] == "spring, day, weather not known (kma: down)"


def test_a_unit_that_has_just_started_can_be_shown():
    for name, value in status_lines({"screen": "starting", "troubles": []}):
        assert name
        assert value


def test_json_is_what_the_unit_said(unit, run_command):
    code, output = run_command(status)("--json")
    assert code == 0
    assert json.loads(output) == REPORT


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"null"])
def test_something_else_at_the_address_is_no_unit(unit, run_command, body):
    unit[0] = body
    code, output = run_command(status)()
    assert code == 1
    assert "does not answer" in output


@pytest.mark.parametrize("options", [[], ["--json"], ["--watch"]])
def test_without_a_unit_it_says_so_and_fails(run_command, options):
    code, output = run_command(status)(*options)
    assert code == 1
    assert "appliance run" in output


def test_watching_shows_it_anew_until_ctrl_c(unit, run_command, monkeypatch):
    shown = []

    def pass_a_second(duration_s: float) -> None:
        shown.append(duration_s)
        if len(shown) == 3:
            raise KeyboardInterrupt
        unit[0] = json.dumps(REPORT | {"clip": f"Clip {len(shown)}"}).encode()

    monkeypatch.setattr("appliance.cli.status.time.sleep", pass_a_second)
    code, output = run_command(status)("--watch")
    assert code == 0
    assert "Clip 2" in output


def test_json_and_watch_exclude_each_other(unit, run_command):
    code, _ = run_command(status)("--json", "--watch")
    assert code == 2
