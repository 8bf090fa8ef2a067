"""A table of campaigns: a CSV file as a spreadsheet writes it, taken as a whole or not at all."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.cli.campaign_dayparts import dayparts_of, joined
from appliance.cli.campaign_options import (
    ADVERTISER,
    CAP,
    NAME,
    PRIORITY,
    SHARE,
    TARGET,
    require_sound,
)
from appliance.cli.parameters import ClipId, Day, ParamType
from appliance.domain import Campaign
from appliance.errors import ApplianceError, ContentError

MAX_BYTES = 5_000_000
MAX_MISTAKES = 5
"""Told at once; the rest is counted."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    campaign: Campaign
    clip_ids: tuple[int, ...]


def _by(kind: ParamType) -> Callable[[str], Any]:
    return lambda text: kind.convert(text, None, None)


def _yes_no(text: str) -> bool:
    words = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}
    if text.lower() not in words:
        raise ContentError(f"is yes or no, not {text[:40]!r}")
    return words[text.lower()]


COLUMNS: dict[str, Callable[[str], Any]] = {
    "name": _by(NAME),
    "advertiser": _by(ADVERTISER),
    "starts_on": _by(Day()),
    "ends_on": _by(Day()),
    "dayparts": lambda text: joined([dayparts_of(part) for part in text.split(";")]),
    "share_s_per_hour": _by(SHARE),
    "max_plays_per_hour": _by(CAP),
    "target_plays": _by(TARGET),
    "priority": _by(PRIORITY),
    "is_fallback": _yes_no,
    "clips": lambda text: tuple(ClipId().convert(each, None, None) for each in text.split()),
}
"""Each column's reader; dayparts are parted by semicolons, clips (by number) by spaces."""

_REQUIRED = ("name", "advertiser")


def read_campaigns(path: Path) -> tuple[ImportedRow, ...]:
    """Every row of the file. Raises ContentError naming the lines that are wrong."""
    lines = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[ImportedRow] = []
    mistakes: list[str] = []
    header: list[str] | None = None
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(path, cells)
                continue
            try:
                rows.append(_row(header, cells))
            except ApplianceError as exc:
                mistakes.append(f"line {lines.line_num}: {exc}")
    except csv.Error as exc:
        raise ContentError(f"{path}: line {lines.line_num}: no CSV ({exc}); mend it") from exc
    mistakes += _twins(rows)
    if mistakes:
        more = len(mistakes) - MAX_MISTAKES
        tail = f"; and {more} more" if more > 0 else ""
        told = "; ".join(mistakes[:MAX_MISTAKES])
        raise ContentError(f"{path}: {told}{tail}; nothing was imported")
    if not rows:
        raise ContentError(f"{path}: holds no campaign; its first line names the columns")
    return tuple(rows)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ContentError(f"{path}: larger than {MAX_BYTES} bytes, so no table; check")
        data = path.read_bytes()
    except OSError as exc:
        raise ContentError(f"{path}: {exc.strerror}; name a readable CSV file") from exc
    for encoding in ("utf-8-sig", "cp949"):
        if b"\0" not in data:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    number = next(_not_text(data), 1)
    raise ContentError(
        f"{path}: line {number} is no text in UTF-8 or CP949; save the table as 'CSV UTF-8'"
    )


def _not_text(data: bytes) -> Iterator[int]:
    for number, line in enumerate(data.split(b"\n"), 1):
        for encoding in ("utf-8", "cp949"):
            try:
                line.decode(encoding)
            except UnicodeDecodeError:
                continue
            if b"\0" not in line:
                break
        else:
            yield number


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        raise ContentError(f"{path}: its columns are not parted by commas; save it as 'CSV UTF-8'")
    for name in names:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COLUMNS)}"
            raise ContentError(f"{path}: there is no column {name[:40]!r}; {hint}")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ContentError(f"{path}: the first line lacks the column {missing[0]}; add it")
    if len(set(names)) < len(names):
        raise ContentError(f"{path}: the first line names a column twice; take one out")
    return names


def _row(header: list[str], cells: list[str]) -> ImportedRow:
    if len(cells) > len(header):
        raise ContentError(
            f"has {len(cells)} cells for {len(header)} columns; put texts with commas in quotes"
        )
    values: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if text or name in _REQUIRED:
            try:
                values[name] = COLUMNS[name](text)
            except ApplianceError as exc:
                raise ContentError(f"{name}: {exc}") from exc
    for name in _REQUIRED:
        if name not in values:
            raise ContentError(f"{name} is missing")
    clip_ids = values.pop("clips", ())
    campaign = Campaign(id=0, **values)
    require_sound(campaign)
    return ImportedRow(campaign, clip_ids)


def _twins(rows: list[ImportedRow]) -> Iterator[str]:
    names: set[str] = set()
    clips: dict[int, str] = {}
    for row in rows:
        name = row.campaign.name
        if name in names:
            yield f"the name {name!r} stands there twice"
        names.add(name)
        for clip_id in row.clip_ids:
            other = clips.setdefault(clip_id, name)
            if other != name:
                yield f"clip {clip_id} is in both {other!r} and {name!r}; one campaign a clip"
