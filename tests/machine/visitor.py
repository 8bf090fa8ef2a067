"""Runs on the machine: plays clips and answers as fast as it can, and tells what was acknowledged.

A line each on standard output, written only after the unit's answer: ``playing PLAY``, ``stopped
PLAY`` or ``rated PLAY``. A unit that is gone is waited for. Argument: how many clips to play.
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
PAGE_KEY = Path("/run/appliance-page/key")
PANEL, PHONE = "http://127.0.0.1:8080", "http://127.0.0.1:8081"
PATIENCE_S = 300


def main(clips: int) -> None:
    links = QrLink(Settings, (STATE / "secret.key").read_text().strip(), lambda: PHONE)
    played: set[str] = set()
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        try:
            for screen, play_id in shown():
                act(links, screen, play_id, played)
                if len(played) > clips:
                    return
        except requests.RequestException:
            time.sleep(0.02)


def shown() -> Iterator[tuple[str, str]]:
    """Each (screen, play) that the page is told; raises RequestException when the unit goes."""
    with requests.get(f"{PANEL}/events", stream=True, timeout=5) as stream:
        last = ("", "")
        for line in stream.iter_lines(chunk_size=1):
            if not line.startswith(b"data:"):
                continue
            snapshot = json.loads(line[5:])
            now = (snapshot["screen"], (snapshot["play"] or {}).get("id", ""))
            if now[1] and now != last:
                last = now
                yield now


def act(links: QrLink, screen: str, play_id: str, played: set[str]) -> None:
    """As page and visitor do: play what is new, answer at the panel, else by phone."""
    if screen == "rating":
        post(f"{PANEL}/rating", {"play_id": play_id, "value": 1}, "rated")
    elif screen == "qr":
        post(f"{PANEL}/skip", {"play_id": play_id}, "")
    elif play_id not in played:
        played.add(play_id)
        report(play_id, "playing")
        if screen == "healing":
            by_phone(links, play_id)
        report(play_id, "ended")


def by_phone(links: QrLink, play_id: str) -> None:
    address = f"{PHONE}/c/{links.token_for(play_id)}/rating"
    answer = requests.post(address, data={"value": "1"}, timeout=5, allow_redirects=False)
    if answer.status_code == 303:
        say("rated", play_id)


def report(play_id: str, event: str) -> None:
    # As quick as it is here, no film can have ended: what is written is that it was stopped.
    word = "stopped" if event == "ended" else event
    post(f"{PANEL}/playback", {"play_id": play_id, "event": event, "position_s": 1.0}, word)


def post(url: str, body: dict[str, Any], word: str) -> None:
    key = {"X-Page-Key": PAGE_KEY.read_text().strip()}
    answer = requests.post(url, json=body, headers=key, timeout=5)
    if word and answer.ok and answer.json()["answer"] == "done":
        say(word, body["play_id"])


def say(word: str, play_id: str) -> None:
    print(word, play_id, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
