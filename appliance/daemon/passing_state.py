"""A unit whose state directory cannot be written plays on, from a passing state in memory.

It shows its healing clips by what it has learned, and records nothing that outlasts the run:
advertising rests, for what cannot be proved is not sold.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from appliance.daemon.options import UnitOptions
from appliance.store.database import open_database

logger = logging.getLogger(__name__)

TROUBLE = "state-read-only"
"""Code for the screen and for status."""

_TABLES = ("clips", "clip_tags", "clip_affect", "clip_scores", "clip_memories")
"""What the healing loop needs; what refers to others comes later."""
_FACTS = ("starter_library", "sensing_stop")
"""Keys of ``meta``: the second is the staff's word that nobody is looked at."""
_FILES = ("secret.key", "interest.json", "weather.json", "films.json")


@contextlib.contextmanager
def with_writable_state(
    options: UnitOptions, environment: Mapping[str, str]
) -> Iterator[UnitOptions]:
    """The options, of the unit's own state where it can be written, else of a passing one.

    Raises OSError where there is no room in memory either.
    """
    why = why_not_writable(options.state_dir)
    if why is None:
        yield options
        return
    logger.error(
        "%s cannot be written (%s): the unit plays its healing clips from memory and records"
        " nothing; put that right and start it again", options.state_dir, why,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="appliance-", dir=_in_memory(environment)) as room:
        passing = Path(room)
        _fill(passing, options.state_dir)
        yield replace(options, state_dir=passing, is_passing=True)


def why_not_writable(state_dir: Path) -> str | None:
    """None: it can be, or there is none yet. A full disk can be written."""
    if not state_dir.is_dir():
        return None
    database = state_dir / "appliance.db"
    try:
        descriptor, probe = tempfile.mkstemp(prefix=".probe-", dir=state_dir)
        os.close(descriptor)
        os.unlink(probe)
    except PermissionError as exc:
        return exc.strerror
    except OSError as exc:
        return exc.strerror if exc.errno == errno.EROFS else None
    if database.exists() and not os.access(database, os.W_OK):
        return f"{database.name} belongs to somebody else"
    return None


def _in_memory(environment: Mapping[str, str]) -> str | None:
    """The first folder that can be written; None: the system's for temporary files."""
    folders = (environment.get("RUNTIME_DIRECTORY", ""), "/dev/shm")  # noqa: S108 - of our own name
    return next((each for each in folders if each and os.access(each, os.W_OK)), None)


def _fill(passing: Path, state_dir: Path) -> None:
    for name in ("clips", "models"):
        if (state_dir / name).is_dir():
            (passing / name).symlink_to((state_dir / name).absolute())
    for name in _FILES:
        with contextlib.suppress(OSError):
            shutil.copy(state_dir / name, passing / name)
    with open_database(passing / "appliance.db", begins_anew=True):
        pass  # its tables are made
    try:
        _copy_library(state_dir / "appliance.db", passing / "appliance.db")
    except sqlite3.Error as exc:
        logger.error("The library in %s cannot be read (%s)", state_dir, exc)


def _copy_library(source: Path, target: Path) -> None:
    """Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(target, uri=True, isolation_level=None)) as database:
        _attach(database, source)
        database.execute("BEGIN")
        for table in _TABLES:
            columns = ", ".join(
                _columns(database, "main", table) & _columns(database, "old", table)
            )
            if columns:
                # Only names of tables and columns are put into the texts.
                database.execute(
                    f"INSERT OR IGNORE INTO main.{table} ({columns})"  # noqa: S608
                    f" SELECT {columns} FROM old.{table}"
                )
        database.execute("UPDATE main.clips SET campaign_id = NULL")
        database.execute("UPDATE main.clips SET enabled = 0 WHERE kind = 'ad'")
        database.execute(
            "INSERT OR IGNORE INTO main.meta SELECT key, value FROM old.meta WHERE key IN (?, ?)",
            _FACTS,
        )
        database.execute("COMMIT")


def _attach(database: sqlite3.Connection, source: Path) -> None:
    """Where nobody can write, SQLite needs to hear that nobody does (WAL needs an index file)."""
    address = f"file:{quote(str(source.absolute()))}?mode=ro"
    for more in ("", "&immutable=1"):
        try:
            database.execute("ATTACH ? AS old", (address + more,))
            database.execute("SELECT count(*) FROM old.sqlite_master").fetchone()
        except sqlite3.Error:
            if more:
                raise
            with contextlib.suppress(sqlite3.Error):
                database.execute("DETACH old")
        else:
            return


def _columns(database: sqlite3.Connection, schema: str, table: str) -> set[str]:
    return {row[1] for row in database.execute(f"PRAGMA {schema}.table_info({table})")}
