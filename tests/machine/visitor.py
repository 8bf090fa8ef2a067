"""Runs on the machine: plays clips and answers as fast as it can, and tells what was acknowledged.

A line each on standard output, written only after the unit's answer: ``playing PLAY``, ``ended
PLAY`` or ``rated PLAY``. A unit that is gone is waited for. Arguments: how many clips to play, the
address of the panel, that of the phone page.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from appliance.config import Settings
from appliance.web.qr_link import QrLink

STATE = Path("/var/lib/appliance")
PATIENCE_S = 300


def main(clips: int, panel: str, phone: str) -> None:
    links = QrLink(Settings, (STATE / "secret.key").read_text().strip(), lambda: phone)
    played, end_s = 0, time.monotonic() + PATIENCE_S
    while played < clips and time.monotonic() < end_s:
        try:
            for play_id in shown(panel):
                act(panel, phone, links, play_id)
                played += 1
                if played == clips:
                    break
        except requests.RequestException:
            time.sleep(0.02)


def shown(panel: str) -> Iterator[str]:
    """Each play that the screen is told to show; raises RequestException when the unit goes."""
    with requests.get(f"{panel}/events", stream=True, timeout=5) as stream:
        last = ""
        for line in stream.iter_lines(chunk_size=1):
            play = json.loads(line[5:])["play"] if line.startswith(b"data:") else None
            if play and play["id"] != last:
                last = play["id"]
                yield last


def act(panel: str, phone: str, links: QrLink, play_id: str) -> None:
    report(panel, play_id, "playing")
    answer = requests.post(
        f"{phone}/c/{links.token_for(play_id)}/rating",
        data={"value": "1"}, timeout=5, allow_redirects=False,
    )  # fmt: skip
    if answer.status_code == 303:
        say("rated", play_id)
    report(panel, play_id, "ended")


def report(panel: str, play_id: str, event: str) -> None:
    body: dict[str, Any] = {"play_id": play_id, "event": event, "position_s": 1.0}
    answer = requests.post(f"{panel}/playback", json=body, timeout=5)
    if answer.ok and answer.json().get("answer", "done") == "done":
        say(event, play_id)


def say(word: str, play_id: str) -> None:
    print(word, play_id, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
