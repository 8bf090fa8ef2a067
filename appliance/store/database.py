"""The SQLite file: how it is opened, read and written, and its errors in plain words."""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.parse
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import tenacity

from appliance.errors import DamagedError, StoreError
from appliance.store.lost_database import is_nothing, trace_beside
from appliance.store.migrate import check_version, known_migrations, migrate, schema_version
from appliance.store.plain_sqlite_utils import sqlite_utils

BUSY_TIMEOUT_S = 5.0
"""Wait for another process's write; those of the command line take milliseconds."""

MAX_CHECKED_BYTES = 64 * 1024 * 1024
"""Larger files are not read through at each start; damage shows when a page of it is read."""

COLUMN_BATCH = 1000
"""Values of a long column handed on together."""

Row = dict[str, Any]


class Database:
    """One connection, used by the thread that opened it. A context manager.

    Every method raises StoreError, naming the file and what to do, where SQLite fails.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Use ``open_database``."""
        self.path = path
        self._connection = connection
        # Without recursive triggers INSERT OR REPLACE would delete past the append-only ones.
        self._reader = sqlite_utils.Database(connection, recursive_triggers=True)

    def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """All rows of a query, each a dict by column; ``:name`` in ``sql`` takes ``values``."""
        with _explained(self.path):
            return list(self._reader.query(sql, dict(values or {})))

    def row(self, sql: str, values: Mapping[str, object] | None = None) -> Row | None:
        """The first row of a query, None when there is none."""
        return next(iter(self.rows(sql, values)), None)

    def column(self, sql: str, values: Mapping[str, object]) -> Iterator[list[Any]]:
        """A query of one column, in batches: for results too many to be held or made dicts of."""
        with _explained(self.path):
            cursor = self._connection.execute(sql, dict(values))
            while batch := cursor.fetchmany(COLUMN_BATCH):
                yield [value for (value,) in batch]

    def write(self, sql: str, values: Mapping[str, object] | None = None) -> int:
        """Run one statement; returns the number of rows it changed."""
        with _explained(self.path):
            return self._connection.execute(sql, dict(values or {})).rowcount

    def insert(self, table: str, values: Mapping[str, object], *, or_ignore: bool = False) -> int:
        """Add a row and return its id; with ``or_ignore`` 0 when a unique column has it already.

        ``table`` and the keys come from the program, never from input.
        """
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        # Only uniqueness is forgiven: OR IGNORE would swallow broken CHECKs as well.
        tail = " ON CONFLICT DO NOTHING" if or_ignore else ""
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks}){tail}"  # noqa: S608
        with _explained(self.path):
            cursor = self._connection.execute(sql, dict(values))
        return int(cursor.lastrowid or 0) if cursor.rowcount else 0

    @contextlib.contextmanager
    def transaction(self, *, is_durable: bool = True) -> Iterator[None]:
        """All or nothing; on return the rows are on the disk. Inside another, part of it.

        ``is_durable=False`` leaves the moment of writing out to SQLite: for rows that nobody
        was promised, so that a memory card is not made to flush once a second.
        """
        if self._is_in_transaction():
            yield
            return
        with _explained(self.path):
            if not is_durable:
                self._connection.execute("PRAGMA synchronous = NORMAL")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._is_in_transaction():
                        self._connection.execute("ROLLBACK")
                    raise
            finally:
                if not is_durable:
                    self._connection.execute("PRAGMA synchronous = FULL")

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see the same moment, whatever other processes write meanwhile."""
        if self._is_in_transaction():
            yield
            return
        with _explained(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def _is_in_transaction(self) -> bool:
        # Some errors (a full disk) make SQLite roll back by itself.
        return self._connection.in_transaction

    @property
    def data_version(self) -> int:
        """Changes when another connection has written; compare with an earlier value."""
        row = self.row("PRAGMA data_version")
        return int(row["data_version"]) if row else 0

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_database(
    path: Path,
    *,
    read_only: bool = False,
    is_checked_whole: bool = False,
    begins_anew: bool = False,
) -> Database:
    """Open the database; a writer makes it where there is none and brings it up to date.

    ``is_checked_whole``: read it through, however large it is. ``begins_anew``: make a new one
    also where a unit has lost its own.
    Raises DamagedError when it is damaged, no SQLite database, or gone from a unit that had one;
    StoreError when it cannot be opened, is another program's or a newer one's, or (``read_only``)
    is missing or was never brought up to date.
    """
    if is_nothing(path) and not begins_anew:
        _require_no_loss(path)
    if read_only and not path.exists():
        raise StoreError(f"there is no database at {path} yet; start the unit with 'appliance run'")
    with _explained(path), contextlib.ExitStack() as on_failure:
        connection = _connect(path, read_only)
        on_failure.callback(connection.close)
        try:
            if read_only:
                _require_current(connection)
            else:
                _prepare(connection, path, is_checked_whole, begins_anew)
        except DamagedError:
            raise
        except StoreError as exc:
            raise StoreError(f"the database {path} cannot be used: {exc}") from exc
        on_failure.pop_all()
    return Database(path, connection)


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    if read_only:
        address, is_uri = f"file:{urllib.parse.quote(str(path.absolute()))}?mode=ro", True
    else:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StoreError(
                f"cannot make the folder {path.parent} ({exc.strerror}); check its owner,"
                " or give another --state-dir"
            ) from exc
        address, is_uri = str(path), False
    # isolation_level None: transactions begin and end only where this module says so.
    connection = sqlite3.connect(address, uri=is_uri, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _is_busy(exc: BaseException) -> bool:
    name = getattr(exc, "sqlite_errorname", None) or ""
    return isinstance(exc, sqlite3.Error) and name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


# While two processes turn a new file to write-ahead logging, SQLite refuses one of them at
# once, without the wait of its timeout: waiting could be a deadlock. Asking again is not.
@tenacity.retry(
    retry=tenacity.retry_if_exception(_is_busy),
    stop=tenacity.stop_after_delay(BUSY_TIMEOUT_S),
    wait=tenacity.wait_random(0.01, 0.05),
    reraise=True,
)
def _prepare(
    connection: sqlite3.Connection, path: Path, is_checked_whole: bool, begins_anew: bool
) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # WAL with NORMAL survives a killed process but may lose the last commits with the power.
    # FULL flushes the log before COMMIT returns, so what the panel acknowledged is on disk.
    connection.execute("PRAGMA synchronous = FULL")
    if is_checked_whole or path.stat().st_size <= MAX_CHECKED_BYTES:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError("database disk image is malformed")
    if not begins_anew and schema_version(connection) == 0:
        _require_no_loss(path)
    migrate(connection, known_migrations())


def _require_no_loss(path: Path) -> None:
    """Raises DamagedError where a database that is not there, or holds nothing, once was there."""
    trace = trace_beside(path)
    if trace is not None:
        raise DamagedError(
            f"the database {path} is gone or empty, but {trace.relative_to(path.parent)} beside it"
            " is of a unit that had one; start the unit with 'appliance run', which restores its"
            " last backup"
        )


def _require_current(connection: sqlite3.Connection) -> None:
    known = max(migration.version for migration in known_migrations())
    version = schema_version(connection)
    check_version(version, known)
    if version < known:
        raise StoreError(
            f"its schema is number {version}, this program needs {known};"
            " start the unit once with 'appliance run'"
        )


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as one line: what failed and what to do."""
    try:
        yield
    except sqlite3.Error as exc:
        kind = DamagedError if _is_damage(exc) else StoreError
        raise kind(_explanation(path, exc)) from exc


def _is_damage(exc: sqlite3.Error) -> bool:
    name = getattr(exc, "sqlite_errorname", None) or ""
    is_no_database = name.startswith("SQLITE_NOTADB") or "not a database" in str(exc)
    return is_no_database or name.startswith("SQLITE_CORRUPT") or "malformed" in str(exc)


def _explanation(path: Path, exc: sqlite3.Error) -> str:
    text = str(exc)
    name = getattr(exc, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_NOTADB") or "not a database" in text:
        return f"{path} is not an SQLite database; move it away or restore a backup"
    if name.startswith("SQLITE_CORRUPT") or "malformed" in text:
        return f"the database {path} is damaged; move it away and restore a backup"
    if _is_busy(exc):
        return f"the database {path} is busy with another process; try again"
    if name.startswith("SQLITE_FULL"):
        return f"the disk of {path} is full; free some space"
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return f"the database {path} cannot be opened ({text}); check its owner and permissions"
    return f"the database {path} refused: {text}"
