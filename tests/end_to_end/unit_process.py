"""The whole unit as users start it: a process of its own, with real networks and a real camera
source; found through its state directory."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

Value = TypeVar("Value")

MAIN = "from appliance.cli.main import main; main()"
APPLIANCE = Path(sys.executable).with_name("appliance")

SETTINGS: dict[str, dict[str, Any]] = {
    "panel": {"port": 0, "language": "both", "place": "시청역"},
    "phone": {"port": 0, "host": "127.0.0.1"},
    "session": {"rating_timeout_s": 8, "qr_timeout_s": 6},
}


def toml(settings: dict[str, dict[str, Any]]) -> str:
    return "\n".join(
        f"[{section}]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
        for section, keys in settings.items()
    )


class UnitProcess:
    """``with UnitProcess(folder, camera="FILE") as unit:``; stopped by SIGTERM at the end."""

    def __init__(
        self,
        folder: Path,
        camera: str,
        settings: dict[str, dict[str, Any]] | None = None,
        demo: bool = False,
        uid: int | None = None,
        script: str = "",
        program: Path = APPLIANCE,
    ) -> None:
        """``uid``: run as this user; ``script``: Python that the process runs before the unit;
        ``program``: the command, of another installation.
        """
        self.state_dir = folder / "state"
        merged = {section: dict(keys) for section, keys in SETTINGS.items()}
        for section, keys in (settings or {}).items():
            merged.setdefault(section, {}).update(keys)
        self.config_path = folder / "config.toml"
        self.config_path.write_text(toml(merged), encoding="utf-8")
        self.log_path = folder / "unit.log"
        words = [sys.executable, "-c", f"{script}\n{MAIN}"] if script else [str(program)]
        self._uid = uid
        self._command = [
            *words, "--state-dir", str(self.state_dir), "--config", str(self.config_path),
            "run", "--camera", camera, *(["--demo"] if demo else []),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> UnitProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                user=self._uid,
                group=self._uid,
                extra_groups=None if self._uid is None else [],
            )
        self.wait_for(lambda: self._running() is not None, "the unit to start")

    def stop(self) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(60)

    def reload(self) -> None:
        """As ``systemctl reload`` does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    @property
    def process(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def panel_url(self) -> str:
        running = self._running()
        assert running is not None
        return str(running["panel_url"])

    @property
    def page_url(self) -> str:
        """As the unit's own page is opened: with its key."""
        running = self._running()
        assert running is not None
        return str(running["page_url"])

    @property
    def phone_url(self) -> str:
        running = self._running()
        assert running is not None
        return str(running["phone_url"])

    def status(self) -> dict[str, Any]:
        answer = requests.get(f"{self.panel_url}/status", timeout=5)
        answer.raise_for_status()
        return dict(answer.json())

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        """As the unit's own page does."""
        key = {"X-Page-Key": self.page_url.partition("#")[2]}
        return requests.post(f"{self.panel_url}{path}", json=body, headers=key, timeout=5)

    def snapshot(self) -> dict[str, Any]:
        """What a page that opens now is told."""
        return self.wait_for(self._first_snapshot, "a free event stream")

    def _first_snapshot(self) -> dict[str, Any] | None:
        with requests.get(f"{self.panel_url}/events", stream=True, timeout=5) as stream:
            for line in stream.iter_lines():
                if line.startswith(b"data:"):
                    return dict(json.loads(line[5:]))
        return None  # too many streams; those given up are noticed within seconds

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """What is in the database now, seen by another process."""
        connection = sqlite3.connect(f"file:{self.state_dir / 'appliance.db'}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()

    def wait_for(self, condition: Callable[[], Value], what: str, timeout_s: float = 60.0) -> Value:
        until_s = time.monotonic() + timeout_s
        while not (value := condition()):
            assert self._process is None or self._process.poll() is None, self.log()
            assert time.monotonic() < until_s, f"waited in vain for {what}\n{self.log()}"
            time.sleep(0.1)
        return value

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def _running(self) -> dict[str, Any] | None:
        try:
            return dict(json.loads((self.state_dir / "running.json").read_text()))
        except (OSError, ValueError):
            return None
