"""States that a restore or a recovery has set aside: kept for some days, their films for good."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shutil
from pathlib import Path

from appliance.backup.restoring import ASIDE, DAMAGED

_NAME = re.compile(rf"(?:{ASIDE}|{DAMAGED})(\d{{8}})T\d{{6}}Z(?:-\d+)?", re.ASCII)
_SEEN = "seen-on-own-day"


def purge_set_aside(
    state_dir: Path, films_dir: Path, keep_days: int, today: dt.date | None, own_day: int | None
) -> int:
    """Take out what was set aside longer ago; returns how many states. Raises OSError.

    ``today``: a date that can be believed, ``own_day``: of those that the unit has run, which count
    from the one on which a state was seen first; None: not known. A film that the library does not
    have is moved to ``films_dir``, never deleted.
    """
    gone = 0
    for folder in sorted(state_dir.iterdir()):
        match = _NAME.fullmatch(folder.name)
        if match is None or not folder.is_dir() or folder.is_symlink():
            continue
        if _is_old(folder, match[1], keep_days, today, own_day):
            _keep_films(folder / "clips", state_dir / "clips", films_dir)
            shutil.rmtree(folder)
            gone += 1
    return gone


def _is_old(
    folder: Path, made_on: str, keep_days: int, today: dt.date | None, own_day: int | None
) -> bool:
    seen = folder / _SEEN
    if own_day is not None:
        if not seen.exists():
            seen.write_text(f"{own_day}\n", encoding="ascii")
        with contextlib.suppress(ValueError):
            if own_day - int(seen.read_text(encoding="ascii")) >= keep_days:
                return True
    with contextlib.suppress(ValueError):
        made = dt.date.fromisoformat(made_on)
        return today is not None and (today - made).days >= keep_days
    return False


def _keep_films(aside: Path, library: Path, films_dir: Path) -> None:
    if not aside.is_dir():
        return
    for path in aside.iterdir():
        is_there = (library / path.name).exists()
        if path.is_file() and not path.name.startswith(".") and not is_there:
            films_dir.mkdir(exist_ok=True)
            os.replace(path, films_dir / path.name)
