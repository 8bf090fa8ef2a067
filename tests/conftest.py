"""Fixtures for all tests: where the test data lies, and a browser."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# A busy machine must not fail a test: how long an example takes is no claim of any of them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
KIOSK_START_S = 60
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)


def chromium_arguments() -> list[str]:
    """Chromium refuses its sandbox to root."""
    return [*CHROMIUM_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of faces, videos and music; skips loudly without it."""
    folder = Path(os.environ.get("APPLIANCE_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "video").is_dir():
        pytest.skip(f"NO TEST DATA at {folder}: set APPLIANCE_TEST_DATA")
    return folder


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder for what an operator hands to the unit."""
    path = tmp_path / "given"
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; skips loudly where it is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"NO CHROMIUM at {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=chromium_arguments()
        )
        yield browser
        browser.close()


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Starts a real Chromium on these addresses; returns its DevTools port."""
    if not CHROMIUM.exists():
        pytest.skip(f"NO CHROMIUM at {CHROMIUM}: apt-get install chromium")
    started: list[subprocess.Popen[bytes]] = []
    profile = tmp_path / "profile"

    def start(url: str, second: str = "") -> int:
        command = [CHROMIUM, "--headless", "--remote-debugging-port=0", "--window-size=320,240"]
        command += [f"--user-data-dir={profile}", *chromium_arguments(), url]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        port_file, end_s = profile / "DevToolsActivePort", time.monotonic() + KIOSK_START_S
        while not port_file.exists() or not port_file.read_text().strip():
            assert time.monotonic() < end_s, "Chromium has not started"
            time.sleep(0.05)
        port = int(port_file.read_text().splitlines()[0])
        if second:
            new = f"http://127.0.0.1:{port}/json/new?{second}"
            requests.put(new, timeout=10, proxies={"http": ""}).raise_for_status()
        return port

    yield start
    for process in started:
        process.terminate()
        process.wait(timeout=20)
