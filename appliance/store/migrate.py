"""Brings a database to the schema this program knows: numbered SQL files, each in a transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from appliance.errors import StoreError

_NAME = re.compile(r"(\d{4})_\w+\.sql")

_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str


def known_migrations() -> tuple[Migration, ...]:
    """The SQL files shipped with the program, in order."""
    found = []
    for entry in files("appliance.store").joinpath("migrations").iterdir():
        match = _NAME.fullmatch(entry.name)
        if match:
            found.append(Migration(int(match[1]), entry.name, entry.read_text("utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.version))


def schema_version(connection: sqlite3.Connection) -> int:
    """The newest migration the database has seen; 0: none.

    Raises StoreError when the file holds tables of something else.
    """
    tables = {
        str(name)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if "schema_migrations" in tables:
        (version,) = connection.execute("SELECT max(version) FROM schema_migrations").fetchone()
        return int(version or 0)
    if tables - {"sqlite_sequence"}:
        raise StoreError("it is the database of another program; give another --state-dir")
    return 0


def check_version(version: int, known: int) -> None:
    """Raises StoreError for a database that a newer program has written."""
    if version > known:
        raise StoreError(
            f"its schema is number {version}, this program knows {known} at most;"
            " install the newer program again or restore an older backup"
        )


def migrate(connection: sqlite3.Connection, migrations: tuple[Migration, ...]) -> None:
    """Apply what is missing; after a failure the database is as it was before that file.

    ``connection`` is in autocommit mode. Raises StoreError for a newer database and
    sqlite3.Error when a file cannot be applied.
    """
    known = max((migration.version for migration in migrations), default=0)
    version = schema_version(connection)
    check_version(version, known)
    if version == known:
        return
    # A later migration may rebuild a table that others refer to, which SQLite allows only
    # with enforcement off; the references are checked before each commit instead.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        for migration in migrations:
            _apply(connection, migration)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked under the write lock: another process may have been faster.
        if schema_version(connection) < migration.version:
            for statement in statements(migration.sql):
                connection.execute(statement)
            connection.execute(_HISTORY)
            connection.execute(
                "INSERT INTO schema_migrations (version, name, applied_at)"
                " VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                (migration.version, migration.name),
            )
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise StoreError(f"{migration.name} leaves rows that refer to nothing")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def statements(sql: str) -> Iterator[str]:
    """The statements of a script, one by one (``executescript`` would commit on its own).

    A statement begins on a line of its own.
    """
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if "".join(re.sub(r"--.*", "", pending).split()):
        yield pending
