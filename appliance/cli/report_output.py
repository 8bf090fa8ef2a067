"""Reports as table, CSV, JSON or page; to the terminal or, whole or not at all, to a file."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.report_proof import CSV_COLUMNS, proof_of
from appliance.cli.report_rows import Row
from appliance.cli.report_unit import ReportUnit
from appliance.cli.whole_file import write_whole
from appliance.store.chain import Head

BYTE_ORDER_MARK = "\ufeff"

UNIT_COLUMNS = ("unit", "unit_id", "place")

NAMES = ("clip", "campaign", "advertiser")
"""Columns of people's own words, which may take two lines."""
WITHOUT_TERMINAL = 160
"""Columns of a table that is piped or kept in a file."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that begins with one of these for a formula."""


def as_csv(
    rows: Iterable[Row], unit: ReportUnit, head: Head | None, *, for_excel: bool = False
) -> Iterator[str]:
    """Comma-separated values with a header line, RFC 4180; nothing for no rows."""
    end = witness(unit, head)
    for number, row in enumerate(rows):
        if number == 0:
            yield csv_header(row, for_excel=for_excel)
        cells = [_cell(value) if isinstance(value, str) else value for value in row.values()]
        yield csv_line([*cells, *end])


def csv_header(columns: Iterable[str], *, for_excel: bool) -> str:
    """The first line: a report's columns, then the unit's and those of the proof's head."""
    line = csv_line([*columns, *UNIT_COLUMNS, *CSV_COLUMNS])
    return f"{BYTE_ORDER_MARK}{line}" if for_excel else line


def witness(unit: ReportUnit, head: Head | None) -> list[object]:
    """The last cells of each line: whose report it is, and the proof's head."""
    return [*map(_cell, unit.columns.values()), *proof_of(head).values()]


def csv_line(cells: Iterable[object]) -> str:
    """One record, RFC 4180."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def as_json(
    batches: Iterable[list[str]], unit: ReportUnit, head: Head | None, about: Row
) -> Iterator[str]:
    """One JSON object: what was asked, the proof's head, and the encoded rows, each on its line."""
    opening = {**about, "proof": None if head is None else proof_of(head)}
    yield json.dumps(opening, ensure_ascii=False)[:-1] + ', "rows": ['
    separator, end = "\n", ", " + json.dumps(unit.columns, ensure_ascii=False)[1:]
    for batch in batches:
        # Each row says whose it is, so that rows of two units can lie together.
        yield separator + ",\n".join(row[:-1] + end for row in batch)
        separator = ",\n"
    yield "\n]}\n"


def encoded(rows: Iterable[Row]) -> Iterator[list[str]]:
    """The rows of a report of totals as ``as_json`` takes them."""
    for row in rows:
        yield [json.dumps(row, ensure_ascii=False)]


def as_table(rows: Iterable[Row], title: str, note: str = "") -> str:
    """For the terminal; empty for no rows."""
    table: Table | None = None
    for row in rows:
        if table is None:
            table = Table(
                title=title,
                title_justify="left",
                caption=note or None,
                caption_justify="left",
                box=None,
                pad_edge=False,
                padding=(0, 1, 0, 0),
                header_style="bold",
            )
            for name, value in row.items():
                is_number = isinstance(value, int | float)
                table.add_column(
                    name,
                    overflow="fold",
                    no_wrap=name not in NAMES,
                    justify="right" if is_number else "left",
                )
        table.add_row(*(str(value) for value in row.values()))
    if table is None:
        return ""
    # Without a terminal there is no width to keep to.
    has_width = sys.stdout.isatty() or "COLUMNS" in os.environ
    width = None if has_width else WITHOUT_TERMINAL
    console = Console(markup=False, highlight=False, width=width)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def write(parts: Iterable[str], path: Path | None) -> None:
    """Print, or replace the file once everything is on the disk.

    Raises ContentError when the file cannot be written; one that was there stays as it was.
    """
    if path is None:
        for part in parts:
            click.echo(part, nl=False)
        return
    # As bytes, so that no newline is translated: CSV brings its own.
    write_whole(path, (part.encode("utf-8") for part in parts))
    click.echo(f"written: {path}", err=True)
