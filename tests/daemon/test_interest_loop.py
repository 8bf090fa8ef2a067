"""Interest is learned each night, in a process of its own."""

from __future__ import annotations

import datetime as dt
import logging
import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

from appliance.config import Settings
from appliance.daemon.clock import Instant
from appliance.daemon.interest_file import InterestFile, KeptInterest, LastTraining
from appliance.daemon.interest_loop import NICENESS, InterestLoop, learning_command
from appliance.daemon.worker import Pulse
from appliance.feedback.interest import NOTHING_KNOWN
from appliance.store.database import open_database
from appliance.store.stamp import Stamp

PURGE_AT = "03:30"


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2027, 3, day, hour, minute).astimezone()


class Rig:
    """A loop whose command notes that it ran, and writes what the real one writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = folder / "runs"
        self.runs.touch()
        self.stop = threading.Event()
        self.is_synced = True
        self.local = at(2, 12)
        self.file = InterestFile(folder)
        self.exit_status = 0
        self.restart()

    def restart(self) -> None:
        self.loop = InterestLoop(self.folder, self.now, Settings, self.command)

    @property
    def command(self) -> list[str]:
        program = (
            "import os, sys; open(sys.argv[1], 'a').write(f'{os.nice(0)}\\n');"
            "print('appliance: out of luck'); sys.exit(int(sys.argv[2]))"
        )
        return [sys.executable, "-c", program, str(self.runs), str(self.exit_status)]

    def now(self) -> Instant:
        return Instant(100.0, Stamp(self.local, self.is_synced))

    def look_at(self, moment: dt.datetime) -> int:
        """Returns how often the command has run so far."""
        self.local = moment
        before = self.count()
        self.loop.look(self.stop)
        if self.count() > before and self.exit_status == 0:
            last = LastTraining(moment.isoformat(), "fitted to 7 rated reactions")
            self.file.write(KeptInterest(NOTHING_KNOWN, last))
        return self.count()

    def count(self) -> int:
        return len(self.runs.read_text().splitlines())


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_once_a_night_and_at_once_when_there_was_never_one(rig: Rig) -> None:
    assert rig.look_at(at(2, 12)) == 1
    assert rig.look_at(at(2, 13)) == 1
    rig.restart()
    assert rig.look_at(at(3, 3, 29)) == 1
    assert rig.look_at(at(3, 3, 30)) == 2
    rig.restart()
    assert rig.look_at(at(3, 4)) == 2
    assert rig.look_at(at(4, 15)) == 3  # it was off at night


def test_nothing_is_learned_before_the_clock_is_set(rig: Rig) -> None:
    rig.is_synced = False
    assert rig.look_at(at(2, 12)) == 0


def test_a_failure_is_one_line_and_is_tried_again_the_next_night(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.exit_status = 1
    rig.restart()
    for hour in (12, 13, 14):
        assert rig.look_at(at(2, hour)) == 1
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith("Interest was not learned: ")
    assert warnings[0].endswith("out of luck")
    assert rig.look_at(at(3, 4)) == 2


def test_a_damaged_model_is_learned_anew(rig: Rig) -> None:
    rig.file.path.write_text("{")
    assert rig.look_at(at(2, 12)) == 1


def test_the_process_has_the_lowest_priority_and_the_unit_keeps_its_own(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.daemon.interest_loop.FIRST_LOOK_S", 0.0)
    worker = threading.Thread(target=rig.loop.run, args=(rig.stop, Pulse()))
    worker.start()
    until = threading.Event()
    for _ in range(200):
        if rig.count():
            break
        until.wait(0.05)
    rig.stop.set()
    worker.join()
    assert int(rig.runs.read_text()) == max(NICENESS, os.nice(0))
    assert psutil.Process().nice() < NICENESS


def test_a_unit_without_scikit_learn_only_says_so(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("appliance.daemon.interest_loop.find_spec", lambda name: None)
    rig.loop.run(rig.stop, Pulse())
    assert rig.count() == 0
    assert "scikit-learn is not installed" in caplog.text
    assert all(record.levelno < logging.WARNING for record in caplog.records)


def test_its_own_command_is_the_program_s(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with open_database(tmp_path / "appliance.db"):
        pass
    now = Instant(0.0, Stamp(at(2, 12)))
    loop = InterestLoop(tmp_path, lambda: now, Settings)
    loop.look(threading.Event())
    assert learning_command(tmp_path)[0] == sys.executable
    assert "Interest learned: nothing is predicted yet: 0 reactions" in caplog.text
    assert InterestFile(tmp_path).read().last_training is not None
