"""Tells a unit that has lost its database from one that never had one."""

from __future__ import annotations

from pathlib import Path

_TRACES = ("secret.key", "proof-head", "clips/*.mp4", "clips/*.webm", "backups/maum-*.tar")
"""Made after the database, by the unit or its commands; the first that is there is named."""


def trace_beside(database_path: Path) -> Path | None:
    """What shows that a unit has worked in this folder; None: a database may begin here."""
    folder = database_path.parent
    return next((path for pattern in _TRACES for path in folder.glob(pattern)), None)


def is_nothing(database_path: Path) -> bool:
    """Missing or without a single byte: SQLite would make a new database of it unasked."""
    try:
        return database_path.stat().st_size == 0
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        # Opening it will say why.
        return False
