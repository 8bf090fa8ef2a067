"""What the machine says is told, and what it does not say is none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from appliance.daemon import machine
from appliance.daemon.machine import Machine


def put_vcgencmd(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A Raspberry Pi's tool, as a shell script that answers ``script``."""
    tool = folder / "vcgencmd"
    tool.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\n{script}\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return folder / "asked"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("throttled=0x0", ()),
        ("throttled=0x50005", ("under-voltage", "throttled", "under-voltage earlier",
                               "throttled earlier")),
        ("throttled=0x20000", ("clock capped earlier",)),
        ("throttled=0x80008", ("soft temperature limit", "soft temperature limit earlier")),
    ],
)  # fmt: skip
def test_the_firmwares_bits_are_put_into_words(tmp_path, monkeypatch, answer, words):
    asked = put_vcgencmd(tmp_path, monkeypatch, f"echo {answer}")
    assert Machine(tmp_path).read().throttled == words
    assert asked.read_text() == "get_throttled\n"


@pytest.mark.parametrize(
    "script",
    ["exit 1", "echo VCHI initialization failed", "printf '\\377\\376'", "echo throttled=", ":"],
)
def test_a_tool_that_does_not_answer_measures_nothing(tmp_path, monkeypatch, script):
    put_vcgencmd(tmp_path, monkeypatch, script)
    assert Machine(tmp_path).read().throttled is None


def test_a_tool_that_hangs_is_left(tmp_path, monkeypatch):
    put_vcgencmd(tmp_path, monkeypatch, "exec /bin/sleep 600")
    monkeypatch.setattr(machine, "TOOL_TIMEOUT_S", 0.2)
    assert Machine(tmp_path).read().throttled is None


def test_a_machine_without_the_tool_measures_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Machine(tmp_path).read().throttled is None


def test_it_is_not_asked_again_within_seconds(tmp_path, monkeypatch):
    asked = put_vcgencmd(tmp_path, monkeypatch, "echo throttled=0x0")
    asking = Machine(tmp_path)
    asking.read()
    asking.read()
    assert asked.read_text().count("get_throttled") == 1


def test_the_processors_temperature_is_taken_by_its_name(tmp_path, monkeypatch):
    class Sensor:
        def __init__(self, current: float) -> None:
            self.current = current

    found = {"nvme": [Sensor(31.0)], "cpu_thermal": [Sensor(48.28)]}
    monkeypatch.setattr("psutil.sensors_temperatures", lambda: found)
    assert Machine(tmp_path).read().temperature_c == 48.3
    del found["cpu_thermal"]
    assert Machine(tmp_path).read().temperature_c is None


def test_the_disk_of_the_state_directory_is_measured(tmp_path):
    free = Machine(tmp_path).read().disk_free_bytes
    assert free is not None
    assert free > 0
    assert Machine(tmp_path / "missing").read().disk_free_bytes is None
