"""Migrations: each whole or not at all, in order, once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.store.database import open_database
from appliance.store.migrate import (
    Migration,
    known_migrations,
    migrate,
    schema_version,
    statements,
)

FIRST = Migration(1, "0001_a.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);")
TRIGGERS = Migration(
    2,
    "0002_b.sql",
    """
    CREATE TABLE b (id INTEGER REFERENCES a (id)); -- a; semicolon in a comment
    CREATE TRIGGER t BEFORE DELETE ON b BEGIN
        SELECT RAISE(ABORT, 'no; never');
    END;
    """,
)
BROKEN = Migration(3, "0003_c.sql", "CREATE TABLE c (id);\nCREATE TABLE a (id);")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    opened.execute("PRAGMA foreign_keys = ON")
    yield opened
    opened.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for (name,) in rows}


def test_what_is_missing_is_applied_in_order(connection: sqlite3.Connection) -> None:
    migrate(connection, (FIRST,))
    assert schema_version(connection) == 1
    migrate(connection, (FIRST, TRIGGERS))
    assert schema_version(connection) == 2
    assert {"a", "b"} <= tables(connection)


def test_a_failing_file_leaves_the_schema_before_it(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (FIRST, TRIGGERS, BROKEN))
    assert schema_version(connection) == 2
    assert "c" not in tables(connection)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_rows_that_refer_to_nothing_stop_a_migration(connection: sqlite3.Connection) -> None:
    bad = Migration(3, "0003_bad.sql", "INSERT INTO b (id) VALUES (77);")
    with pytest.raises(StoreError, match="refer to nothing"):
        migrate(connection, (FIRST, TRIGGERS, bad))
    assert connection.execute("SELECT count(*) FROM b").fetchone() == (0,)


def test_statements_are_cut_outside_comments_and_triggers() -> None:
    assert len(list(statements(TRIGGERS.sql + "\n-- the end\n"))) == 2


def test_shipped_files_are_numbered_without_gaps() -> None:
    versions = [migration.version for migration in known_migrations()]
    assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize("attempt", range(25))
def test_processes_that_start_together_migrate_once(tmp_path: Path, attempt: int) -> None:
    path = tmp_path / f"{attempt}.db"
    errors: list[Exception] = []

    def start(gate: threading.Barrier) -> None:
        gate.wait()
        try:
            open_database(path).close()
        except StoreError as exc:
            errors.append(exc)

    gate = threading.Barrier(4)
    threads = [threading.Thread(target=start, args=(gate,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_database(path, read_only=True) as database:
        assert len(database.rows("SELECT * FROM schema_migrations")) == len(known_migrations())


def test_reader_of_an_older_schema_is_told_to_start_the_unit(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    open_database(path).close()
    with sqlite3.connect(path) as old:
        old.execute("DELETE FROM schema_migrations")
    with pytest.raises(StoreError, match="start the unit once"):
        open_database(path, read_only=True)
