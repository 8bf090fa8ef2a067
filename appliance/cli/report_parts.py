"""The reports as table, CSV or JSON, part by part: a list of plays may have a hundred megabytes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from itertools import islice

from appliance.cli.report_cells import CELLS
from appliance.cli.report_output import (
    as_csv,
    as_json,
    as_table,
    csv_header,
    csv_line,
    encoded,
    witness,
)
from appliance.cli.report_rows import TOTALS
from appliance.cli.report_unit import ReportUnit
from appliance.store.chain import head_of
from appliance.store.database import Database
from appliance.store.play_list import COLUMNS, PlayList
from appliance.store.report_filter import EVERYTHING, Wanted

SUBJECTS = ("plays", *TOTALS)

TABLE_PLAYS = 200
"""Single plays that are shown in the terminal at most."""
TABLE_ROWS = 800
"""Lines of the other tables at most; a month has 744 hours."""


def report_parts(
    database: Database,
    subject: str,
    first: dt.date,
    last: dt.date,
    form: str,
    *,
    unit: ReportUnit,
    wanted: Wanted = EVERYTHING,
    for_excel: bool = False,
) -> Iterator[str]:
    """The text of one of ``SUBJECTS`` between two local dates; ``form``: table, csv or json."""
    days = (first.isoformat(), last.isoformat())
    about = {"report": subject, "from": days[0], "to": days[1], **unit.columns}
    if form == "table":
        table = _table(database, subject, *days, wanted)
        yield table or f"nothing was played from {first} to {last}\n"
        return
    head = head_of(database)
    if subject == "plays":
        plays = PlayList(database, wanted)
        if form == "json":
            yield from as_json(plays.json_lines(*days), unit, head, about)
        else:
            yield from _plays_as_csv(plays, days, witness(unit, head), for_excel)
        return
    rows = TOTALS[subject](database, *days, wanted)
    if form == "json":
        yield from as_json(encoded(rows), unit, head, about)
    else:
        yield from as_csv(rows, unit, head, for_excel=for_excel)


def _plays_as_csv(
    plays: PlayList, days: tuple[str, str], last_cells: list[object], for_excel: bool
) -> Iterator[str]:
    end = csv_line(["", *last_cells])
    for number, lines in enumerate(plays.csv_lines(*days)):
        if number == 0:
            yield csv_header(COLUMNS, for_excel=for_excel)
        yield end.join(lines) + end


def _table(database: Database, subject: str, first: str, last: str, wanted: Wanted) -> str:
    title = f"{subject}, {first} to {last}"
    if subject != "plays":
        rows = map(CELLS[subject], TOTALS[subject](database, first, last, wanted))
        shown = [*islice(rows, TABLE_ROWS)]
        note = f"the first {TABLE_ROWS} lines; --format csv lists all"
        return as_table(shown, title, note if next(rows, None) else "")
    plays = PlayList(database, wanted)
    lines = plays.latest(first, last, TABLE_PLAYS)
    count = plays.count(first, last)
    shown = [json.loads(line) for line in lines]
    notes = []
    if count > len(lines):
        notes.append(f"the last {len(lines)} of {count} plays; --format csv lists all")
    if any(row["clock"] != "set" for row in shown):
        notes.append("? the unit's clock was not set")
    return as_table(map(CELLS[subject], shown), title, "\n".join(notes))
