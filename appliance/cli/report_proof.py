"""The chain's head in every report, so that each one is a witness of the proof of play."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appliance.errors import ContentError
from appliance.store.chain import Head

MAX_EXPORT_BYTES = 512 * 1024 * 1024

CSV_COLUMNS = ("proof_event", "proof_events", "proof_date", "proof_hash")
"""Last columns of each line of a CSV report."""

_META = re.compile(r'<meta name="proof-of-play" content="([^"]*)">')
_HASH = re.compile(r"[0-9a-f]{64}")


def proof_of(head: Head | None) -> dict[str, Any]:
    """The columns' values; all None while nothing was recorded."""
    if head is None:
        return dict.fromkeys(CSV_COLUMNS)
    values = (head.event_id, head.events, head.local_date, head.hash)
    return dict(zip(CSV_COLUMNS, values, strict=True))


def proof_text(head: Head | None) -> str:
    """The same for the page's ``meta`` element."""
    return ";".join("" if value is None else str(value) for value in proof_of(head).values())


def head_in_export(path: Path) -> Head:
    """The head that a report carries.

    Raises ContentError when the file cannot be read or carries none.
    """
    try:
        if path.stat().st_size > MAX_EXPORT_BYTES:
            raise ContentError(f"{path} is too large for a report; check its name")
        text = path.read_text(encoding="utf-8-sig")
        head = _head(_values(text))
    except OSError as exc:
        raise ContentError(f"cannot read {path}: {exc.strerror}; check its name") from exc
    except (ValueError, TypeError, csv.Error, RecursionError) as exc:
        raise _no_head(path) from exc
    if head is None:
        raise _no_head(path)
    return head


def _no_head(path: Path) -> ContentError:
    return ContentError(
        f"{path} carries no head of the proof of play; give a report that 'appliance report'"
        " wrote as json, csv or html"
    )


def _values(text: str) -> Mapping[str, Any] | None:
    if text.lstrip().startswith("{"):
        proof = json.loads(text).get("proof")
        return proof if isinstance(proof, dict) else None
    found = _META.search(text)
    if found:
        return dict(zip(CSV_COLUMNS, found[1].split(";"), strict=True))
    return next(csv.DictReader(text.splitlines()), None)


def _head(values: Mapping[str, Any] | None) -> Head | None:
    if values is None or any(values.get(name) in (None, "") for name in CSV_COLUMNS):
        return None
    event_id, events, local_date, hashed = (values[name] for name in CSV_COLUMNS)
    if not _HASH.fullmatch(hashed):
        return None
    return Head(int(event_id), int(events), hashed, str(local_date))
