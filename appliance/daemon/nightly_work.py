"""When work of the night is due, and commands that run beside the unit."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from typing import IO

from appliance.errors import DaemonError

POLL_S = 0.2
"""How soon a request to stop is noticed."""

LEFT_UNDONE_AFTER = dt.timedelta(hours=1)
"""The daemon has so long for what is due before a timer does it in its place."""

_SHOWN_BYTES = 2000


def is_due(
    now: dt.datetime, last: dt.datetime | None, at_night: dt.timedelta, every_s: float
) -> bool:
    """Whether the work should begin; both times are aware and local.

    ``last``: begin of the last one that succeeded; ``at_night``: after midnight. A unit that was
    off at that hour catches up when it is on.
    """
    # A clock that was set back must not put the work off for years.
    if last is None or last > now:
        return True
    if every_s > 0 and (now - last).total_seconds() >= every_s:
        return True
    night, done = (
        (moment.replace(tzinfo=None) - at_night).date() for moment in (now, last.astimezone())
    )
    return night > done


def is_left_undone(now: dt.datetime, last: dt.datetime | None, at_night: dt.timedelta) -> bool:
    """Whether work of the night is still to be done an hour after it was due.

    Then no daemon runs, or it fails in it; while one works, nothing is done twice.
    """
    if last is not None and now - LEFT_UNDONE_AFTER <= last <= now:
        return False
    return is_due(now - LEFT_UNDONE_AFTER, last, at_night, 0)


def run_command(command: Sequence[str], timeout_s: float, stop: threading.Event) -> None:
    """Run it to its end, without a shell and in a process group of its own.

    Raises:
        DaemonError: it cannot be started, fails, or does not end within ``timeout_s`` or before
            ``stop``; then it is killed with all it started.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except (OSError, ValueError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else str(exc)
            raise DaemonError(f"cannot start {command[0]}: {reason}") from exc
        try:
            status = _wait(process, timeout_s, stop)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if status is None:
            why = "the unit is stopping" if stop.is_set() else f"no end within {timeout_s:g} s"
            raise DaemonError(f"{command[0]} was given up: {why}")
        if status != 0:
            raise DaemonError(f"{command[0]} ended with status {status}: {_last_line(output)}")


def _wait(process: subprocess.Popen[bytes], timeout_s: float, stop: threading.Event) -> int | None:
    """Exit status; None: the time is over."""
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s and not stop.is_set():
        try:
            return process.wait(timeout=POLL_S)
        except subprocess.TimeoutExpired:
            continue
    return process.poll()


def _last_line(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _SHOWN_BYTES))
    lines = output.read().decode("utf-8", errors="replace").strip().splitlines()
    line = lines[-1] if lines else "it printed nothing"
    return "".join(char for char in line if char.isprintable())[:160]
