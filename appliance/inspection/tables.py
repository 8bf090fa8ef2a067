"""The columns of a database, every one of every table: no picture and no embedding in any row."""

from __future__ import annotations

import sqlite3
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from appliance.inspection.content import Known, Suspicion, suspicion_of

SQLITE = b"SQLite format 3\0"
LOG = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")
"""The beginnings of SQLite's write-ahead log and rollback journal, whose rows are read as rows."""

SHORTEST_BYTES = 65
"""A hash has 32 bytes, or 64 as text; what is no longer holds no picture and no embedding."""

NUMBER_LISTS: frozenset[tuple[str, str]] = frozenset()
"""(table, column) in which long lists of numbers are kept that describe clips, not people."""


def tables_of(path: Path, where: str, known: Known, *, is_live: bool) -> Iterator[Suspicion]:
    """Look through all rows; ``is_live``: others may write meanwhile.

    Raises sqlite3.Error when the file cannot be read.
    """
    mode = "mode=ro" if is_live else "immutable=1"
    address = f"file:{urllib.parse.quote(str(path.absolute()))}?{mode}"
    connection = sqlite3.connect(address, uri=True, timeout=5)
    try:
        # Whatever bytes a column holds, they are looked at as they are.
        connection.text_factory = bytes
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            yield from _rows_of(connection, name.decode("utf-8", "replace"), where, known)
    finally:
        connection.close()


def _rows_of(
    connection: sqlite3.Connection, table: str, where: str, known: Known
) -> Iterator[Suspicion]:
    quoted = _quoted(table)
    columns = [
        row[1].decode("utf-8", "replace")
        for row in connection.execute(f"PRAGMA table_info({quoted})")
    ]
    for column in columns:
        name = _quoted(column)
        rows = connection.execute(
            f"SELECT {name}, typeof({name}) FROM {quoted}"  # noqa: S608 - names of the database's own tables
            f" WHERE typeof({name}) IN ('text', 'blob')"
            f" AND length(CAST({name} AS BLOB)) >= {SHORTEST_BYTES}"
        )
        is_usual = (table, column) in NUMBER_LISTS
        for value, kind in rows:
            found = suspicion_of(value, known, is_number_list_usual=is_usual)
            if found is None and kind == b"blob" and not known.holds(value):
                # Quantized embeddings look like any bytes; no table of the unit holds long ones.
                found = f"{len(value)} bytes of which nobody can say what they hold"
            if found is not None:
                yield Suspicion(f"{where}, table {table}, column {column}", found)
                # One row says enough of a column.
                break


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
