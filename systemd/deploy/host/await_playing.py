"""Waits until the unit really plays: the daemon that systemd started answers, its page reports.

Runs with the system's Python on the host: ``await_playing.py STATE_DIR KIOSK WAIT_S``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

POLL_S = 0.5
TOLD_EVERY_S = 5.0
ASK_TIMEOUT_S = 3.0
MOST_RESTARTS = 2
"""A daemon that ends so often is not waited for any longer."""
PLAYING = re.compile(r'^maum_playback_events_total\{event="playing"\} ([1-9]\d*(?:\.\d+)?)', re.M)


class NoUseError(Exception):
    """No use to wait on."""


def daemon_pid() -> int:
    """The daemon that runs now, 0: none."""
    shown = subprocess.run(
        ["systemctl", "show", "appliance.service", "-p", "MainPID,NRestarts,ActiveState"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    facts = dict(line.split("=", 1) for line in shown.splitlines())
    if facts["ActiveState"] == "failed" or int(facts["NRestarts"]) >= MOST_RESTARTS:
        raise NoUseError("the daemon ends again and again")
    return int(facts["MainPID"])


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=ASK_TIMEOUT_S) as answer:  # noqa: S310 loopback
        return str(answer.read().decode())


def missing(state_dir: Path, with_kiosk: bool) -> str | None:
    """What is not there yet, in plain words; None: it plays."""
    pid = daemon_pid()
    try:
        running = json.loads((state_dir / "running.json").read_text())
        status = json.loads(ask(f"{running['panel_url']}/status"))
        # One that the old release left behind, or another start's answer.
        if not pid or status["pid"] != pid:
            return "the new daemon does not answer yet"
        if status["screen"] == "starting":
            return "the daemon has no screen yet"
        if not with_kiosk:
            return None
        if not status["pages"]:
            return "no browser shows the panel yet"
        if status["clips"] and not PLAYING.search(ask(f"{running['panel_url']}/metrics")):
            return "the page has not reported a play yet"
    except (OSError, ValueError, KeyError) as exc:
        return f"the daemon does not answer yet ({type(exc).__name__})"
    return None


def main(state_dir: str, with_kiosk: str, wait_s: str) -> int:
    begun_s = time.monotonic()
    told_s = begun_s
    while True:
        try:
            lacks = missing(Path(state_dir), with_kiosk == "yes")
        except NoUseError as exc:
            print(f"=error playing: {exc}", flush=True)
            return 1
        now_s = time.monotonic()
        if lacks is None:
            if with_kiosk != "yes":
                print("playing: without the kiosk the daemon alone was waited for", flush=True)
            return 0
        if now_s - begun_s > float(wait_s):
            print(f"=error playing: {lacks}, after {wait_s} s", flush=True)
            return 1
        # Also to notice that nobody listens any more.
        if now_s - told_s > TOLD_EVERY_S:
            print(f"playing: {lacks}", flush=True)
            told_s = now_s
        time.sleep(POLL_S)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
