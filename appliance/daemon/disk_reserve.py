"""A little room set aside on the disk, so that a unit whose disk is full can start all the same."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

logger = logging.getLogger(__name__)

NAME = "reserve"
RESERVE_BYTES = 1 << 20
"""More than SQLite needs to open a database: its shared index and the head of its log."""

_WORDS = b"Room for a start on a full disk\n"

LITTLE_BYTES = 1 << 18
PLENTY_BYTES = 16 << 20


def use_or_make_reserve(state_dir: Path) -> None:
    """Before the database is opened: give the reserve up where there is no room, else see to it."""
    path = state_dir / NAME
    try:
        free_bytes = shutil.disk_usage(state_dir).free
        if free_bytes < LITTLE_BYTES and path.exists():
            path.unlink()
            logger.error("The disk of %s is full; the unit starts from its reserve: free some",
                         state_dir)  # fmt: skip
        elif free_bytes > PLENTY_BYTES and not path.exists():
            _make(path)
    except OSError as exc:
        logger.warning("No room is set aside at %s (%s)", path, exc.strerror)


def _make(path: Path) -> None:
    """Written out in words: real blocks, and nobody has to guess what the file is."""
    unfinished = path.with_suffix(".new")
    try:
        unfinished.write_bytes(_WORDS * (RESERVE_BYTES // len(_WORDS)))
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
