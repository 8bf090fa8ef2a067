"""The power fails while plays and answers are written: nothing acknowledged is lost."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.machine.base_tree import RELEASE, skip_where_impossible
from tests.machine.installed_unit import APPLIANCE, InstalledUnit, installed_unit

pytestmark = pytest.mark.machine

CUTS = 50
WHOLE_MACHINE_EVERY = 10
"""At the other times all processes of the unit are killed, which saves booting."""

CONFIG = """
[camera]
source = "builtin"
[phone]
requests_per_minute = 6000
"""


@pytest.fixture(scope="module")
def unit() -> Iterator[InstalledUnit]:
    skip_where_impossible()
    with installed_unit(CONFIG, kiosk=False) as unit:
        # As quick as it may be: fifty starts are waited for.
        unit.amend("appliance.service", "[Service]\nRestartSec=0\n")
        yield unit


class Visitor:
    """Plays and answers on the machine; what was acknowledged is kept here, outside of it."""

    def __init__(self, unit: InstalledUnit) -> None:
        self._unit = unit
        self._script = unit.machine.path("/opt/visitor.py")
        self._script.write_text(Path(__file__).with_name("visitor.py").read_text())
        self.acknowledged: list[tuple[str, str]] = []
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        command = [f"{RELEASE}/.venv/bin/python", "/opt/visitor.py", "1000000"]
        self._process = self._unit.machine.start(*command, stdout=subprocess.PIPE)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def end(self) -> None:
        assert self._process is not None
        # The process on the machine is a child of the one that has entered it.
        for child in psutil.Process(self._process.pid).children(recursive=True):
            child.kill()
        self._process.wait(10)

    def wait_for_more(self) -> None:
        known = len(self.acknowledged)
        self._unit.wait_for(lambda: len(self.acknowledged) > known + 2, "acknowledgements")

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            word, _, play = line.decode().strip().partition(" ")
            self.acknowledged.append((word, play))


def test_nothing_that_was_acknowledged_is_lost_in_fifty_power_cuts(unit: InstalledUnit) -> None:
    rng = random.Random(1)
    visitor = Visitor(unit)
    visitor.begin()
    for cut in range(1, CUTS + 1):
        visitor.wait_for_more()
        time.sleep(rng.uniform(0, 0.3))
        if cut % WHOLE_MACHINE_EVERY == 0:
            unit.machine.pull_the_plug()
            visitor.end()
            unit.machine.boot()
            visitor.begin()
        else:
            unit.run("systemctl", "kill", "--signal=KILL", "appliance.service")
    visitor.wait_for_more()
    visitor.end()
    check(unit, visitor)


def check(unit: InstalledUnit, visitor: Visitor) -> None:
    given = set(visitor.acknowledged)
    events = {(event, play) for event, play in unit.rows("SELECT event, play_id FROM play_events")}
    rated = {play for (play,) in unit.rows("SELECT play_id FROM ratings")}
    assert {word for word, _ in given} == {"playing", "rated", "stopped"}
    assert {play for word, play in given if word == "rated"} <= rated
    assert {each for each in given if each[0] != "rated"} <= events
    assert unit.rows("PRAGMA integrity_check") == [["ok"]]
    assert unit.rows("PRAGMA foreign_key_check") == []
    assert "damaged" not in unit.run("ls", "/var/lib/appliance")
    # Its exit status is 1 if an event is missing from the chain.
    unit.run(APPLIANCE, "report", "verify")
