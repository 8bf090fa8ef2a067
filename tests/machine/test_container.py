"""The machine that the other tests stand on: it boots, answers and keeps its disk."""

from __future__ import annotations

import pytest

from tests.machine.container import Container

pytestmark = pytest.mark.machine


def test_it_boots_a_systemd_that_runs_everything(blank_machine: Container) -> None:
    assert blank_machine.run("cat", "/proc/1/comm").strip() == "systemd"
    assert blank_machine.wait_until_up() == "running"


def test_the_operator_logs_in_with_the_host_key_checked(blank_machine: Container) -> None:
    assert blank_machine.ssh("sudo id -un").strip() == "root"
    known = blank_machine.known_hosts.read_text()
    other = blank_machine.key.with_suffix(".pub").read_text().split()[1]
    blank_machine.known_hosts.write_text(f"{blank_machine.address} ssh-ed25519 {other}\n")
    try:
        assert "HOST IDENTIFICATION HAS CHANGED" in blank_machine.ssh("true", check=False)
    finally:
        blank_machine.known_hosts.write_text(known)


def test_a_power_cut_ends_all_and_keeps_what_was_written(blank_machine: Container) -> None:
    blank_machine.run("sh", "-c", "echo kept >/var/kept; echo lost >/run/lost")
    blank_machine.reboot()
    assert blank_machine.run("sh", "-c", "cat /var/kept; ls /run/lost", check=False).startswith(
        "kept\nls: cannot access"
    )
