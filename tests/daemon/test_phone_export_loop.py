"""Exporting the phone pages: when, what follows, and what a failure leaves behind."""

from __future__ import annotations

import datetime as dt
import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.config import Settings
from appliance.daemon.clock import Instant
from appliance.daemon.phone_export_loop import RETRY_S, PhoneExportLoop
from appliance.domain import ClipKind
from appliance.store.stamp import Stamp
from tests.web.phone_place import PhonePlace


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2027, 3, day, hour, minute).astimezone()


class Rig:
    def __init__(self, folder: Path) -> None:
        self.place = PhonePlace(folder / "state", has_starters=False)
        self.clip = self.place.add_clip(kind=ClipKind.HEALING, title="one")
        self.site = folder / "site"
        self.now = Instant(100.0, Stamp(at(2, 12), True))
        self.stop = threading.Event()
        self.loop = PhoneExportLoop(folder / "state", lambda: self.now, lambda: self.settings)
        self.use(export_dir=str(self.site))

    def use(self, **phone: Any) -> None:
        self.settings = Settings.model_validate({"phone": phone})

    def pass_time(self, seconds: float) -> None:
        local = self.now.stamp.local + dt.timedelta(seconds=seconds)
        self.now = Instant(self.now.monotonic_s + seconds, Stamp(local, True))

    def look(self) -> None:
        self.loop.look(self.stop)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.place.database.close()


def test_nothing_is_exported_unless_asked(rig: Rig) -> None:
    rig.use()
    rig.look()
    assert not rig.site.exists()


def test_pages_come_at_once_and_again_the_next_night(rig: Rig) -> None:
    rig.look()
    page = rig.site / f"clip-{rig.place.add_clip(kind=ClipKind.HEALING, title='two').id}.html"
    rig.pass_time(3600)
    rig.look()
    assert not page.exists()
    rig.pass_time(15 * 3600)
    rig.look()
    assert page.exists()


def test_a_clock_that_was_never_set_exports_nothing_and_says_so_once(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.now = Instant(100.0, Stamp(at(2, 12), False))
    rig.look()
    rig.look()
    assert not rig.site.exists()
    assert caplog.text.count("the clock is not set yet") == 1


def test_a_code_leads_only_to_a_page_that_is_there(rig: Rig) -> None:
    assert not rig.loop.has_page(rig.clip.id)
    rig.look()
    assert rig.loop.has_page(rig.clip.id)
    assert not rig.loop.has_page(rig.clip.id + 1)


def test_a_site_that_is_exported_by_hand_is_believed(rig: Rig) -> None:
    rig.use()
    assert rig.loop.has_page(12345)


def test_the_command_follows_with_its_words_as_they_are(rig: Rig, tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"
    command = [sys.executable, "-c", program, str(told), "$HOME; *"]
    rig.use(export_dir=str(rig.site), export_command=command)
    rig.look()
    assert told.read_text() == "$HOME; *"
    assert (rig.site / "index.html").exists()


def test_a_failure_is_one_line_and_is_tried_again_later(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    failing = [sys.executable, "-c", "import sys; print('no route to host'); sys.exit(12)"]
    rig.use(export_dir=str(rig.site), export_command=failing)
    for _ in range(5):
        rig.look()
        rig.pass_time(RETRY_S)
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "ended with status 12: no route to host" in warnings[0]
    rig.use(export_dir=str(rig.site), export_command=[sys.executable, "-c", "pass"])
    caplog.set_level(logging.INFO)
    rig.look()
    assert "Phone pages exported" in caplog.text


def test_a_folder_of_somebody_else_is_one_line_too(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.site.mkdir()
    (rig.site / "thesis.txt").write_text("years of work")
    rig.look()
    rig.look()
    assert caplog.text.count("not empty") == 1
    assert [path.name for path in rig.site.iterdir()] == ["thesis.txt"]
