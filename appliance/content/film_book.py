"""What the library's films were when they were last read through, kept beside the library."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import astuple, dataclass
from pathlib import Path

NAME = "films.json"

OTHER_CONTENT = "its content is not what was taken into the library"


@dataclass(frozen=True, slots=True)
class FilmCheck:
    """One film as it was found."""

    size: int
    mtime_ns: int
    night: str
    """In which it was read last: a local date; empty while the clock was not set."""
    trouble: str | None
    """Why it is not shown; None: it is the film that was taken in."""

    def is_of(self, path: Path) -> bool:
        """Nobody seems to have written to the file since. One that is not there has not changed."""
        try:
            state = path.stat()
        except OSError:
            return True
        return (state.st_size, state.st_mtime_ns) == (self.size, self.mtime_ns)


Checks = dict[str, FilmCheck]
"""By name of the file."""


class FilmBook:
    """Written by one thread, read by any process."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME

    @property
    def version(self) -> tuple[int, int] | None:
        """Another one: it was written anew; None: there is none."""
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_ino, state.st_mtime_ns

    def read(self) -> Checks:
        """Empty where there is none or it is damaged: all films are then read again."""
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(name): FilmCheck(*values) for name, values in kept.items()}
        return {}

    def write(self, checks: Checks) -> None:
        """Whole or not at all. Raises OSError."""
        unfinished = self._path.with_suffix(".new")
        kept = {name: astuple(check) for name, check in checks.items()}
        unfinished.write_text(json.dumps(kept), encoding="utf-8")
        os.replace(unfinished, self._path)
