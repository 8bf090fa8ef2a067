"""How often taking a dropped file in was begun and never ended, kept over the unit's end.

Whatever ends the whole unit while it works on a file (memory, a fault in a library, a power cut)
would do so again with every start; nothing but a count on the disk can notice.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 2
"""A file is left alone after so many; one alone may have been a power cut."""

_NAME = ".attempts.json"


class DropAttempts:
    """Used by one thread. What it cannot write it does not count: the unit goes on."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / _NAME

    def unended(self, path: Path) -> int:
        """How often taking in this very file was begun and cut off."""
        entry = self._read().get(str(path))
        return int(entry["begun"]) if entry is not None and entry["state"] == _state(path) else 0

    def forget(self, path: Path) -> None:
        """Whoever puts the file in once more gets new attempts."""
        entries = self._read()
        if entries.pop(str(path), None) is not None:
            self._write(entries)

    @contextlib.contextmanager
    def counted(self, path: Path) -> Iterator[None]:
        """Count one until the body has ended, in whichever way."""
        begun = self.unended(path) + 1
        others = {name: entry for name, entry in self._read().items() if Path(name).exists()}
        self._write(others | {str(path): {"state": _state(path), "begun": begun}})
        try:
            yield
        finally:
            self.forget(path)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
            return {
                name: {"state": list(entry["state"]), "begun": int(entry["begun"])}
                for name, entry in entries.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            logger.warning("%s cannot be read; attempts are counted anew", self._file)
            return {}

    def _write(self, entries: dict[str, dict[str, Any]]) -> None:
        unfinished = self._file.with_suffix(".part")
        try:
            if not entries:
                self._file.unlink(missing_ok=True)
                return
            with unfinished.open("w", encoding="utf-8") as file:
                json.dump(entries, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, self._file)
        except OSError as exc:
            logger.warning("Attempts cannot be counted in %s: %s", self._file, exc.strerror)


def _state(path: Path) -> list[int]:
    try:
        status = path.lstat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns, status.st_ino]
