"""What the kernel tells in /sys and /proc, read from folders that look like them."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.cli import doctor_machine
from appliance.cli.context import Context
from appliance.cli.findings import Verdict
from appliance.inspection.kernel_reports import card_health, displays, has_under_voltage


class Machine:
    def __init__(self, folder: Path) -> None:
        self.sys, self.mounts = folder / "sys", folder / "mounts"
        self.state = folder / "state"
        self.state.mkdir()
        self.mount("/dev/mmcblk0p2", "rw,noatime")

    def mount(self, device: str, options: str) -> None:
        self.mounts.write_text(
            f"sysfs /sys sysfs rw 0 0\n/dev/sda1 / ext4 rw 0 0\n"
            f"{device} {self.state} ext4 {options} 0 0\n"
        )

    def write(self, name: str, text: str) -> None:
        path = self.sys / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")

    @property
    def health(self):
        return card_health(self.state, self.sys, self.mounts)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path)
    monkeypatch.setattr(doctor_machine, "card_health", lambda folder: machine.health)
    monkeypatch.setattr(doctor_machine, "displays", lambda: displays(machine.sys))
    monkeypatch.setattr(doctor_machine, "has_under_voltage", lambda: has_under_voltage(machine.sys))
    return machine


def told(machine: Machine, check) -> tuple[Verdict, str]:
    return check(Context(machine.state, None))


def test_a_sound_card(machine: Machine) -> None:
    machine.write("fs/ext4/mmcblk0p2/errors_count", "0")
    machine.write("block/mmcblk0/device/life_time", "0x01 0x02")
    machine.write("block/mmcblk0/device/pre_eol_info", "0x01")
    assert machine.health.device == "mmcblk0p2"
    verdict, message = told(machine, doctor_machine.card)
    assert verdict is Verdict.OK
    assert "no file system errors, at most 20 % of its life time used" in message


@pytest.mark.parametrize(
    ("name", "text", "verdict", "words"),
    [
        ("fs/ext4/mmcblk0p2/errors_count", "3", Verdict.WARN, "has met 3 errors"),
        ("block/mmcblk0/device/life_time", "0x01 0x0b", Verdict.FAIL, "used up its life time"),
        ("block/mmcblk0/device/pre_eol_info", "0x02", Verdict.WARN, "replace the card soon"),
        ("block/mmcblk0/device/pre_eol_info", "0x03", Verdict.FAIL, "replace the card soon"),
    ],
)
def test_a_card_near_its_end(
    machine: Machine, name: str, text: str, verdict: Verdict, words: str
) -> None:
    machine.write(name, text)
    found, message = told(machine, doctor_machine.card)
    assert (found, words in message) == (verdict, True), message


def test_a_disk_that_the_kernel_has_made_read_only(machine: Machine) -> None:
    machine.mount("/dev/mmcblk0p2", "ro,noatime")
    verdict, message = told(machine, doctor_machine.card)
    assert (verdict, "read-only" in message) == (Verdict.FAIL, True)


def test_what_is_not_told_is_not_claimed(machine: Machine) -> None:
    machine.mount("overlay", "rw")
    assert machine.health.device is None
    assert told(machine, doctor_machine.card)[1].endswith("it does not tell more")
    machine.write("block/mmcblk0/device/life_time", "nonsense")
    assert machine.health.life_used is None


def test_the_supply(machine: Machine) -> None:
    assert told(machine, doctor_machine.power)[0] is Verdict.OK
    machine.write("class/hwmon/hwmon0/name", "cpu_thermal")
    machine.write("class/hwmon/hwmon1/name", "rpi_volt")
    machine.write("class/hwmon/hwmon1/in0_lcrit_alarm", "0")
    assert "no under-voltage" in told(machine, doctor_machine.power)[1]
    machine.write("class/hwmon/hwmon1/in0_lcrit_alarm", "1")
    assert told(machine, doctor_machine.power)[0] is Verdict.FAIL


def test_displays(machine: Machine) -> None:
    assert told(machine, doctor_machine.display)[0] is Verdict.WARN
    machine.write("class/drm/card1-HDMI-A-1/status", "disconnected")
    machine.write("class/drm/card1-HDMI-A-2/status", "disconnected")
    verdict, message = told(machine, doctor_machine.display)
    assert verdict is Verdict.FAIL
    assert "HDMI-A-1, HDMI-A-2" in message
    machine.write("class/drm/card1-HDMI-A-2/status", "connected")
    assert told(machine, doctor_machine.display) == (Verdict.OK, "connected: HDMI-A-2")


@pytest.mark.parametrize(
    ("celsius", "verdict"),
    [(None, Verdict.OK), (55.0, Verdict.OK), (72.0, Verdict.WARN), (81.0, Verdict.FAIL)],
)
def test_heat(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, celsius: float | None, verdict: Verdict
) -> None:
    monkeypatch.setattr("appliance.daemon.machine._temperature_c", lambda: celsius)
    assert told(machine, doctor_machine.heat)[0] is verdict
