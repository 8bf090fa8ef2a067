"""``appliance screenshot``: a picture of the real browser, or the plain word that there is none."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import cv2
import numpy as np
import pytest

from appliance.cli.context import Context
from appliance.cli.screenshot import screenshot
from appliance.cli.screenshot_devtools import devtools_picture
from appliance.cli.screenshot_display import wayland_picture, x11_picture
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import WebError
from tests.cli.conftest import Type

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
START_TIMEOUT_S = 60


class Site(ThreadingHTTPServer):
    """Answers every address with the same thing."""

    def __init__(self, body: bytes, status: int = 200, location: str = "") -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if location:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def end(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


Serve = Callable[..., int]
"""Serves this body; returns the port."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    sites: list[Site] = []

    def start(body: bytes, status: int = 200, location: str = "") -> int:
        sites.append(Site(body, status, location))
        return sites[-1].server_port

    yield start
    for site in sites:
        site.end()


def coloured(rgb: tuple[int, int, int]) -> bytes:
    return f"<title>panel</title><body style='background:rgb{rgb}'>".encode()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No display of the machine the tests run on."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("appliance.cli.screenshot.RUNTIME_DIRS", Path("/nonexistent"))
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:9")  # must not be asked


def typed_with(
    run_command: Callable[[click.Command], Type], context: Context, devtools: int, panel: int
) -> Type:
    path = context.state_dir / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[panel]\ndevtools_port = {devtools}\nport = {panel}\n")
    object.__setattr__(context, "config_path", path)
    return run_command(screenshot)


def middle(picture: bytes) -> tuple[int, int, int]:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    blue, green, red = image[image.shape[0] // 2, image.shape[1] // 2]
    return int(red), int(green), int(blue)


def taken(devtools_port: int, panel_port: int) -> bytes:
    """As soon as the browser has drawn its page."""
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            picture = devtools_picture(devtools_port, panel_port)
            if middle(picture) != WHITE:
                return picture
        except WebError as exc:
            if "shows no page" not in str(exc):
                raise
        assert time.monotonic() < end_s, "the page has not come"
        time.sleep(0.1)


@pytest.mark.end_to_end
def test_the_picture_is_that_of_the_panels_page_and_of_no_other(
    run_command: Callable[[click.Command], Type],
    context: Context,
    serve: Serve,
    kiosk: Callable[..., int],
    tmp_path: Path,
) -> None:
    other, panel = serve(coloured(BLUE)), serve(coloured(RED))
    devtools = kiosk(f"http://127.0.0.1:{other}/", f"http://127.0.0.1:{panel}/")
    taken(devtools, panel)
    taken(devtools, other)
    # The settings name another port: that of the running unit goes first.
    typed = typed_with(run_command, context, devtools, 1)
    RunningUnit(1, f"http://127.0.0.1:{panel}", None).write(context.state_dir)
    status, printed = typed("-o", tmp_path / "now.png")
    assert status == 0
    assert "as Chromium has it now" in printed
    assert middle((tmp_path / "now.png").read_bytes()) == RED
    RunningUnit(1, f"http://127.0.0.1:{other}", None).write(context.state_dir)
    assert typed("-o", tmp_path / "now.png")[0] == 0
    assert middle((tmp_path / "now.png").read_bytes()) == BLUE


@pytest.mark.end_to_end
def test_a_browser_that_shows_something_else_gives_no_picture(
    run_command: Callable[[click.Command], Type],
    context: Context,
    serve: Serve,
    kiosk: Callable[..., int],
    tmp_path: Path,
) -> None:
    other = serve(coloured(BLUE))
    devtools = kiosk(f"http://127.0.0.1:{other}/")
    status, printed = typed_with(run_command, context, devtools, 8080)("-o", tmp_path / "now.png")
    assert status == 1
    assert "shows no page of http://127.0.0.1:8080" in printed
    assert not (tmp_path / "now.png").exists()


def test_without_any_browser_it_says_so(
    run_command: Callable[[click.Command], Type], context: Context, serve: Serve, tmp_path: Path
) -> None:
    site = Site(b"")
    site.end()  # now nobody listens on its port
    typed = typed_with(run_command, context, site.server_port, 8080)
    status, printed = typed("-o", tmp_path / "now.png")
    assert status == 1
    assert "nothing here shows the panel" in printed
    assert "Wayland: no compositor runs" in printed
    assert f"Chromium: no browser answers on port {site.server_port}" in printed
    assert "X11: DISPLAY is not set" in printed
    assert not (tmp_path / "now.png").exists()


def test_a_port_of_0_asks_no_browser(
    run_command: Callable[[click.Command], Type], context: Context
) -> None:
    assert "Chromium" not in typed_with(run_command, context, 0, 8080)()[1]


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON", b"{}", b"[7]", b"null", b"[" * 100_000, b"x" * 2_000_000,
        json.dumps([{"type": "page", "url": "http://127.0.0.1:8080/", "id": "../../x"}]).encode(),
    ],
    ids=["text", "object", "number", "null", "deep", "long", "path"],
)  # fmt: skip
def test_anything_else_on_that_port_is_refused(serve: Serve, body: bytes) -> None:
    with pytest.raises(WebError, match=r"is no browser|shows no page"):
        devtools_picture(serve(body), 8080)


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    page = {"type": "page", "url": "http://127.0.0.1:8080/", "id": "A"}
    target = serve(json.dumps([page]).encode())
    with pytest.raises(WebError, match="is no browser"):
        devtools_picture(serve(b"", 302, f"http://127.0.0.1:{target}/json/list"), 8080)


def test_a_page_that_takes_no_websocket_is_one_line(serve: Serve) -> None:
    page = {
        "type": "page",
        "url": "http://127.0.0.1:8080/",
        "id": "A",
        "webSocketDebuggerUrl": "ws://192.0.2.1/elsewhere",
    }
    with pytest.raises(WebError, match="gave no answer") as caught:
        devtools_picture(serve(json.dumps([page]).encode()), 8080)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("display", ["localhost:10.0", "192.0.2.1:0", ":0; reboot", "kiosk:0"])
def test_a_forwarded_display_is_not_the_kiosks(display: str) -> None:
    with pytest.raises(WebError, match="another machine"):
        x11_picture({"DISPLAY": display})


def a_tool(folder: Path, name: str, script: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_the_compositor_is_found_without_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "user" / "1000"
    runtime.mkdir(parents=True)
    (runtime / "wayland-0.lock").touch()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(runtime / "wayland-0"))
        path = a_tool(
            tmp_path / "bin", "grim", 'printf "%s/%s" "$XDG_RUNTIME_DIR" $WAYLAND_DISPLAY'
        )
        monkeypatch.setenv("PATH", path)
        picture = wayland_picture(os.environ, tmp_path / "user")
    assert picture.decode() == str(runtime / "wayland-0")


def test_a_tool_that_fails_is_named_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "PATH", a_tool(tmp_path / "bin", "import", "echo no such screen >&2; exit 1")
    )
    with pytest.raises(WebError, match="import failed: no such screen"):
        x11_picture({"DISPLAY": ":0", "PATH": os.environ["PATH"]})
