"""A table of campaigns: a CSV file as a spreadsheet writes it, taken as a whole or not at all."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
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
from appliance.cli.table_text import table_text
from appliance.domain import Campaign
from appliance.errors import ApplianceError, ContentError

DELIMITERS = (",", ";", "\t")
"""The first of equals is taken."""
MAX_MISTAKES = 5
"""Told at once; the rest is counted."""


@dataclass(frozen=True, slots=True)
class ImportedRow:
    campaign: Campaign
    clip_ids: tuple[int, ...]


def _by(kind: ParamType) -> Callable[[str], Any]:
    return lambda text: kind.convert(text, None, None)


def _whole(text: str) -> str:
    """Without what stands between thousands."""
    return re.sub(r"[,.'’\s]", "", text) if _THOUSANDS.fullmatch(text) else text


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
    "share_s_per_hour": lambda text: SHARE.convert(_whole(text), None, None),
    "max_plays_per_hour": lambda text: CAP.convert(_whole(text), None, None),
    "target_plays": lambda text: TARGET.convert(_whole(text), None, None),
    "priority": lambda text: PRIORITY.convert(_whole(text), None, None),
    "is_fallback": _yes_no,
    "clips": lambda text: tuple(ClipId().convert(each, None, None) for each in text.split()),
}
"""Each column's reader; dayparts are parted by semicolons, clips (by number) by spaces."""

_THOUSANDS = re.compile(r"[1-9]\d{0,2}([,.'’\s])\d{3}(\1\d{3})*")

_REQUIRED = ("name", "advertiser")


def read_campaigns(path: Path, encoding: str | None = None) -> tuple[ImportedRow, ...]:
    """Every row of the file. Raises ContentError naming the lines that are wrong."""
    text = table_text(path, encoding)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
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


def _delimiter(text: str) -> str:
    """Of the header line, by the columns that come out: half the world's Excel takes semicolons."""
    header = next((line for line in text.splitlines() if line.strip(",;\t ")), "")

    def known(delimiter: str) -> int:
        try:
            cells = next(csv.reader([header], delimiter=delimiter), [])
        except csv.Error:
            return 0
        return sum(cell.strip().lower() in COLUMNS for cell in cells)

    return max(DELIMITERS, key=known)


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in filter(None, names):
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COLUMNS)}"
            raise ContentError(f"{path}: there is no column {name[:40]!r}; {hint}")
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise ContentError(f"{path}: the first line lacks the column {missing[0]}; add it")
    named = [*filter(None, names)]
    if len(set(named)) < len(named):
        raise ContentError(f"{path}: the first line names a column twice; take one out")
    return names


def _row(header: list[str], cells: list[str]) -> ImportedRow:
    values: dict[str, Any] = {}
    for name, cell in zip_longest(header[: len(cells)], cells, fillvalue=""):
        text = cell.strip()
        if text and not name:
            raise ContentError(
                f"{text[:40]!r} stands under no column; put texts with separators in quotes"
            )
        if not name:
            continue
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
