"""Fixtures for all tests: where the test data lies, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
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
