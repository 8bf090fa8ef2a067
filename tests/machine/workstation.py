"""A computer from which units are deployed: a checkout of its own, ssh set up for a container."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.machine.base_tree import wheelhouse
from tests.machine.container import Container

SHIPPED = (
    "appliance", "kiosk_ui", "models/artifacts", "systemd", "pyproject.toml", "README.md",
    "LICENSE", "deploy.sh",
)  # fmt: skip
COLUMNS = re.compile(r"\s{2,}")


@dataclass(frozen=True)
class Done:
    """How a run of deploy.sh ended."""

    status: int
    said: str
    """Its progress lines."""
    printed: str
    rows: dict[str, dict[str, str]]
    """The table: by host, then by heading."""


class Workstation:
    """``deploy.sh`` in a checkout that a test may change."""

    def __init__(self, folder: Path, machine: Container) -> None:
        self.checkout = folder / "checkout"
        self._ssh_config = folder / "ssh_config"
        for name in SHIPPED:
            copy(ROOT / name, self.checkout / name)
        common = f"""\
  User {machine.user}
  IdentityFile {machine.key}
  IdentitiesOnly yes
  UserKnownHostsFile {machine.known_hosts}
"""
        hosts = {
            "unit": "",
            "twin": "",
            # On the discard port nothing listens.
            "nobody": "  Port 9\n",
            "stranger": "  UserKnownHostsFile /dev/null\n",
            "locked": "  User nobody\n",
        }
        # Of several values ssh takes the first.
        self._ssh_config.write_text(
            "".join(
                f"Host {name}\n  HostName {machine.address}\n{own}{common}"
                for name, own in hosts.items()
            )
        )

    def edit(self, name: str, text: str) -> None:
        """Put ``text`` in front of a file's own: another release."""
        path = self.checkout / name
        path.write_text(text + path.read_text())

    def command(self, *words: str | Path) -> list[str]:
        script = str(self.checkout / "deploy.sh")
        return [script, *map(str, words), "--ssh-config", str(self._ssh_config)]

    def run(self, *words: str | Path, stop_at: str = "", timeout_s: float = 150) -> Done:
        """``stop_at``: the step at which the script on the host is killed."""
        done = subprocess.run(
            self.command(*words),
            env={**os.environ, "DEPLOY_STOP_AT": stop_at},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s,
            check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stderr, done.stdout, table(done.stdout))

    def deploy(self, *words: str | Path, stop_at: str = "") -> Done:
        """To the one unit, without an index of packages."""
        return self.run("deploy", "unit", "--wheelhouse", wheelhouse(), *words, stop_at=stop_at)

    def deploy_and_vanish(self, said: str, *words: str) -> None:
        """Deploy, and be killed with all that belongs to it once a line with ``said`` comes."""
        process = subprocess.Popen(
            self.command("deploy", "unit", *words), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert process.stderr is not None
        with process.stderr as lines:
            heard = [line for line in iter(lines.readline, "") if not _ends(process, said, line)]
        process.wait(timeout=30)
        assert process.returncode == -signal.SIGKILL, f"'{said}' did not come: {heard}"


def _ends(process: subprocess.Popen[str], said: str, line: str) -> bool:
    if said in line:
        os.killpg(process.pid, signal.SIGKILL)
        return True
    return False


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    else:
        shutil.copy2(source, target)


def table(text: str) -> dict[str, dict[str, str]]:
    """Rows by their first column; a table's columns are two spaces apart at least."""
    lines = [COLUMNS.split(line.rstrip()) for line in text.splitlines()]
    if not lines or lines[0][0] != "HOST":
        return {}
    return {row[0]: dict(zip(lines[0], row, strict=False)) for row in lines[1:]}
