"""Raspberry Pi OS boots with cgroup_disable=memory: MemoryMax then does nothing, without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.cli import doctor_machine
from appliance.cli.context import Context
from appliance.cli.doctor import CHECKS, Verdict
from appliance.inspection.kernel_reports import has_memory_limits


@pytest.mark.parametrize(
    ("controllers", "expected"), [("cpuset cpu io memory pids\n", True), ("cpu io pids\n", False)]
)
def test_the_controllers_say_it(tmp_path: Path, controllers: str, expected: bool) -> None:
    """cgroup v2 of the kernel's documentation: cgroup.controllers lists what is switched on."""
    file = tmp_path / "cgroup.controllers"
    file.write_text(controllers)
    assert has_memory_limits(file, tmp_path / "none") is expected


def test_the_first_version_has_a_folder(tmp_path: Path) -> None:
    assert not has_memory_limits(tmp_path / "none", tmp_path / "memory")
    (tmp_path / "memory").mkdir()
    assert has_memory_limits(tmp_path / "none", tmp_path / "memory")


def test_doctor_says_how_to_switch_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_machine, "has_memory_limits", lambda: False)
    verdict, message = CHECKS["memory"](Context(state_dir=tmp_path, config_path=None))
    assert verdict is Verdict.WARN
    assert "cgroup_enable=memory cgroup_memory=1" in message
    assert "/boot/firmware/cmdline.txt" in message
