"""The heads of the proof that the journal has kept: a third witness, in another place."""

from __future__ import annotations

import subprocess

from appliance.store.chain import Head, head_in

_LINES = ["journalctl", "--unit=appliance", "--output=cat", "--no-pager", "--quiet"]
_ONLY_OURS = ["--grep=Proof of play, "]
_TIMEOUT_S = 120.0


def heads_in_journal(key: bytes) -> list[Head]:
    """Those that this unit's secret has signed; empty where there is no journal to be read."""
    for command in ([*_LINES, *_ONLY_OURS], _LINES):  # not every journalctl can search
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace",
                timeout=_TIMEOUT_S, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return []
        heads = [head_in(line, key) for line in done.stdout.splitlines()]
        if found := [head for head in heads if head is not None]:
            return found
    return []
