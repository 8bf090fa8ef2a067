"""What ``deploy.sh`` answers before anything is touched: wrong words, hosts, keys and systems."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

CHECK = ROOT / "systemd/deploy/host/check.sh"
DEBIAN = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'
Checked = Callable[..., list[str]]


def deploy(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "deploy.sh", *words], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["rollback"], "name a host: ./deploy.sh rollback USER@HOST"),
        (["status", "pi@unit", "--purge"], "status has no option --purge (see './deploy.sh help')"),
        (["pi@unit", "--config", "none.toml"], "there is no settings file"),
        (["pi@unit", "--config"], "--config needs a value"),
        (["pi@unit", "--wait", "soon"], "--wait takes a whole number above 0, not 'soon'"),
        (["pi@unit", "--wheelhouse", "/nowhere"], "there are no wheels in /nowhere"),
        (["deploy", "-oProxyCommand=x"], "deploy has no option -oProxyCommand=x"),
        (["deploy", "unit;reboot"], "'unit;reboot' is no host"),
        (["wheelhouse"], "name the folder"),
        (["wheelhouse", "wheels", "--arch", "mips"], "--arch is aarch64 or x86_64, not 'mips'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_wrong_words_are_one_line(words, answer):
    done = deploy(*words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"deploy.sh: {answer}")


def test_a_host_that_is_not_there_is_named_in_the_table(tmp_path):
    config = tmp_path / "ssh_config"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        config.write_text(f"Host closed\n HostName 127.0.0.1\n Port {silent.getsockname()[1]}\n")
        done = deploy("status", "closed", "pi@no.such.host.invalid", "--ssh-config", str(config))
    assert done.returncode == 1
    closed, nowhere = done.stdout.splitlines()[1:]
    assert "it runs no ssh server (connection refused)" in closed
    assert "there is no host of this name" in nowhere


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Runs check.sh as on a host on which some commands answer otherwise; its complaints."""
    shims, release = tmp_path / "bin", tmp_path / "os-release"
    shims.mkdir()

    def check(*, system: str = DEBIAN, late_s: int = 0, **answers: str) -> list[str]:
        release.write_text(system)
        for name, answer in answers.items():
            (shims / name).write_text(f"#!/bin/sh\n{answer}\n")
            (shims / name).chmod(0o755)
        done = subprocess.run(
            ["bash", CHECK, str(int(time.time()) + late_s), "no"],
            env={"PATH": f"{shims}:{os.environ['PATH']}", "OS_RELEASE": str(release)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        lines = done.stdout.splitlines()
        # Whether systemd runs is for the container's tests.
        return [line for line in lines if line.startswith("=error") and "systemd" not in line]

    return check


def test_a_fit_host_is_not_complained_of(checked):
    assert checked(df="echo; echo x 1 1 9000000 1 /") == []


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"uname": "echo armv7l"}, "the machine is armv7l; a 64-bit one"),
        ({"getconf": "echo 32"}, "a 32-bit system on a 64-bit machine"),
        ({"system": 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"\n'},
         "the system is Ubuntu 24.04; Debian 12 or 13"),
        ({"system": DEBIAN.replace("13", "11")}, "the system is Debian GNU/Linux 11"),
        ({"late_s": 7200}, "the clock differs from this computer's by 7200 s"),
        ({"df": "echo; echo x 1 1 51200 1 /"}, "the disk is full: 50 MB are free"),
        ({"python3": '[ "$1" = --version ] && echo Python 3.9.2 || exit 1'},
         "Python 3.9.2 is not supported"),
        ({"id": "[ $1 = -u ] && echo 1000 || echo pi", "sudo": "exit 1"},
         "pi may not use sudo without a password"),
    ],
    ids=["32-bit machine", "32-bit system", "Ubuntu", "Debian 11", "clock", "disk", "Python",
         "sudo"],
)  # fmt: skip
def test_what_is_in_the_way_is_told(checked, given, complaint):
    plenty = {"df": "echo; echo x 1 1 9000000 1 /"}
    (line,) = checked(**{**plenty, **given})
    assert line.startswith(f"=error {complaint}")
