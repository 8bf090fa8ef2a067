"""Holds the schema of a database that comes from elsewhere to the one that this program made."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache

from appliance.errors import StoreError
from appliance.store.migrate import check_version, known_migrations, migrate, schema_version

Parts = dict[tuple[str, str], str]
"""What makes it, by kind (``table``, ``index``, ``trigger``, ``view``) and name."""

_DROPPED_IN_ORDER = ("trigger", "view", "index", "table")


def drop_foreign_parts(connection: sqlite3.Connection) -> list[str]:
    """Take out what no version of this program has made, such as triggers; returns it by name.

    Call it before anything is written: a foreign trigger would run with it. ``connection`` is in
    autocommit mode. Raises StoreError where a part of this program's own is missing or is another,
    sqlite3.Error where the file is damaged.
    """
    version = schema_version(connection)
    check_version(version, max(each.version for each in known_migrations()))
    own, found = _own_parts(version), _parts(connection)
    for kind, name in own:
        if found.get((kind, name)) != own[kind, name]:
            raise StoreError(
                f"its {kind} {name!r} is not the one that this program makes; take another backup"
            )
    foreign = sorted(found.keys() - own.keys(), key=lambda key: _DROPPED_IN_ORDER.index(key[0]))
    for kind, name in foreign:
        # An index goes with its table, and a name may hold anything but ends at its quote.
        quoted = name.replace('"', '""')
        connection.execute(f'DROP {kind} IF EXISTS "{quoted}"')
    return [f"{kind} {name!r}" for kind, name in foreign]


@lru_cache(4)
def _own_parts(version: int) -> Parts:
    """Of a database that has seen the migrations up to this one."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh, tuple(each for each in known_migrations() if each.version <= version))
        return _parts(fresh)


def _parts(connection: sqlite3.Connection) -> Parts:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return {(kind, name): _plain(sql or "") for kind, name, sql in rows}


def _plain(sql: str) -> str:
    """Without comments and line ends, which a release may have worded anew."""
    return " ".join(re.sub(r"--[^\n]*", " ", sql).split())
