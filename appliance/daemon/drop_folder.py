"""The folder into which people put files for the unit, and what a file's place in it tells."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.content.media_suffixes import stands_beside
from appliance.domain import ClipKind, DayTime, Season, Weather

FAILED = "failed"
"""The subfolder of files that could not be taken in, each with a text file that says why."""

_KINDS: Mapping[str, ClipKind] = {
    "healing": ClipKind.HEALING,
    "ads": ClipKind.AD,
    "ad": ClipKind.AD,
}
_MEANINGS: Mapping[str, tuple[str, object]] = {
    member.value: (field, member)
    for field, members in (("seasons", Season), ("weathers", Weather), ("day_times", DayTime))
    for member in members
}
_UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp")
"""Endings under which copying programs write; they rename the file when it is whole."""

_NOTE = ".txt"
"""Of the file beside a failed one that says why it failed."""
_MAX_NAME_BYTES = 200
_MAX_TAG = 40


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a file looked like when it was seen last, and since when it has looked so."""

    state: tuple[int, int, int]
    """Size in bytes, time of change and inode."""
    since_s: float


class DropFolder:
    """Used by one thread; its methods raise OSError where the folder cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[Path, Sighting] = {}
        self._given_up: set[tuple[Path, tuple[int, int, int]]] = set()

    def make(self) -> None:
        """Make the folder and the two subfolders that show people what is meant."""
        for name in ("healing", "ads"):
            (self.path / name).mkdir(parents=True, exist_ok=True)

    def settled(self, now_s: float, settle_s: float) -> list[Path]:
        """The files that have been there unchanged for ``settle_s`` and that nobody writes to.

        ``now_s``: monotonic. Oldest first, so that files come in as they were put in.
        """
        seen: dict[Path, Sighting] = {}
        for path, state in self._files():
            before = self._seen.get(path)
            is_same = before is not None and before.state == state
            seen[path] = before if before is not None and is_same else Sighting(state, now_s)
        self._seen = seen
        ready = [
            path
            for path, sight in seen.items()
            if now_s - sight.since_s >= settle_s and (path, sight.state) not in self._given_up
        ]
        ready.sort(key=lambda path: (seen[path].state[1], str(path)))
        return [path for path in ready if not _is_written_to(path)]

    def told_by_place(self, path: Path) -> dict[str, Any]:
        """Fields of ``Clip`` that the subfolders name: kind, season, weather, time of day, tags.

        ``ads/spring/bakery/x.mp4`` is an ad for spring with the tag "bakery"; without a kind a
        clip is a healing one.
        """
        told: dict[str, list[Any]] = {"seasons": [], "weathers": [], "day_times": [], "tags": []}
        words = [_word(part) for part in path.relative_to(self.path).parent.parts]
        kind = ClipKind.HEALING
        if words and words[0] in _KINDS:
            kind = _KINDS[words.pop(0)]
        for word in filter(None, words):
            field, value = _MEANINGS.get(word, ("tags", word))
            told[field].append(value)
        return {
            "kind": kind,
            **{name: tuple(dict.fromkeys(values)) for name, values in told.items()},
        }

    def remove(self, path: Path) -> None:
        """The file is in the library; one that is gone already is no error."""
        path.unlink(missing_ok=True)

    def set_aside(self, path: Path, reason: str) -> Path | None:
        """Move a file to ``failed/`` with a one-line text file; None: it is gone already."""
        folder = self.path / FAILED
        folder.mkdir(parents=True, exist_ok=True)
        target = _free_name(folder, path.name)
        try:
            os.replace(path, target)
        except FileNotFoundError:
            return None
        # Beside the film even where the disk has no room for a line.
        with contextlib.suppress(OSError):
            target.with_name(f"{target.name}{_NOTE}").write_text(f"{reason}\n", encoding="utf-8")
        return target

    def waiting(self) -> list[Path]:
        """The files that were put in and are still there, finished or not."""
        return [path for path, _ in self._files()]

    def failed(self) -> dict[str, str]:
        """The files that could not be taken in, by name, and why: lines that name them."""
        folder = self.path / FAILED
        names = {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()
        reasons = {}
        for name in sorted(names):
            # The note of a film that somebody has deleted is no film.
            is_note = name.endswith(_NOTE) and (name[: -len(_NOTE)] in names or name.count(".") > 1)
            if not is_note and not name.startswith("."):
                note = folder / f"{name}{_NOTE}"
                reason = note.read_text("utf-8", "replace").strip() if note.exists() else ""
                reasons[name] = reason if name in reason else f"{name}: {reason or 'no reason'}"
        return reasons

    def give_up(self, path: Path) -> None:
        """It can be neither removed nor set aside: leave it alone until it changes."""
        if path in self._seen:
            self._given_up.add((path, self._seen[path].state))

    def _files(self) -> Iterator[tuple[Path, tuple[int, int, int]]]:
        for folder, subfolders, names in os.walk(self.path):
            if Path(folder) == self.path and FAILED in subfolders:
                subfolders.remove(FAILED)
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in names:
                if name.startswith(".") or name.lower().endswith(_UNFINISHED):
                    continue
                path = Path(folder, name)
                if stands_beside(path.relative_to(self.path)):
                    continue
                with contextlib.suppress(OSError):
                    status = path.lstat()
                    yield path, (status.st_size, status.st_mtime_ns, status.st_ino)


def is_plain_file(path: Path) -> bool:
    """Neither a link, which could lead to anything on this unit, nor a pipe or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _is_written_to(path: Path) -> bool:
    """Somebody has it open for writing: a copy that has come to a halt, not to its end.

    Linux tells by refusing a read lease; where it may not be asked (another user's file without
    CAP_LEASE, a file system without leases) the answer is no, and the file's rest must do.
    """
    if not is_plain_file(path):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def _word(part: str) -> str:
    name = unicodedata.normalize("NFC", part)
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:_MAX_TAG].lower()


def _free_name(folder: Path, name: str) -> Path:
    if len(os.fsencode(name)) > _MAX_NAME_BYTES:
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        name = f"{digest}{Path(name).suffix[:10]}"
    target, number = folder / name, 2
    while os.path.lexists(target) or os.path.lexists(target.with_name(f"{target.name}{_NOTE}")):
        target = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return target
