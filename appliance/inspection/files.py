"""One file: what it holds, also inside archives, compressed files and databases."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import lzma
import mmap
import os
import shutil
import sqlite3
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from appliance.inspection.content import Known, Suspicion, suspicion_of
from appliance.inspection.hidden_text import is_text
from appliance.inspection.picture_signs import format_inside
from appliance.inspection.tables import LOG, SQLITE, tables_of

MAX_DEPTH = 4
MAX_UNPACKED_BYTES = 16_000_000_000
_SHARED_INDEX_BYTES = 32_768
"""SQLite's index of its log is a multiple of this."""

Unpacker = type[gzip.GzipFile] | type[bz2.BZ2File] | type[lzma.LZMAFile]

_COMPRESSED: dict[bytes, Unpacker] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)

KnownIn = Callable[[Path], Known]
"""What a database of this program knows by checksum; nothing for any other."""


class FileSearch:
    """Looks at files one by one; reads them only, and writes no more than unpacked databases."""

    def __init__(self, known: Known, known_in: KnownIn, room: Path | None = None) -> None:
        """``room``: a folder for what must be unpacked; by default the system's."""
        self._known = known
        self._known_in = known_in
        self._room = room

    def look(self, path: Path, where: str, *, is_live: bool = True) -> list[Suspicion]:
        """All that is suspicious in a regular file; ``where`` names it to people."""
        try:
            return list(self._look(path, where, self._known, is_live, 0))
        except FileNotFoundError:
            # It has gone meanwhile.
            return []
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or str(exc)
            return [Suspicion(where, f"cannot be read ({reason})", is_certain=False)]

    def _look(
        self, path: Path, where: str, known: Known, is_live: bool, depth: int
    ) -> Iterator[Suspicion]:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                head = data[:512]
                if head.startswith(SQLITE):
                    yield from self._database(path, data, where, known, is_live)
                    return
                unpack = next((f for sign, f in _COMPRESSED.items() if head.startswith(sign)), None)
                is_archive = head.startswith(b"PK\x03\x04") or head[257:262] == b"ustar"
                if (unpack or is_archive) and depth < MAX_DEPTH:
                    if not known.holds(data):
                        yield from self._unpacked(path, where, known, unpack, depth)
                    return
                found = suspicion_of(data, known)
                if found is not None:
                    yield Suspicion(where, found)
                elif not _is_ours(data, head, path) and not known.holds(data):
                    yield Suspicion(where, "of no known kind", is_certain=False)

    def _database(
        self, path: Path, data: mmap.mmap, where: str, known: Known, is_live: bool
    ) -> Iterator[Suspicion]:
        try:
            found = list(tables_of(path, where, known | self._known_in(path), is_live=is_live))
        except sqlite3.Error as exc:
            yield Suspicion(where, f"cannot be read ({exc})", is_certain=False)
            return
        yield from found
        # What was deleted stays in free pages until they are written again.
        inside = None if found else format_inside(data)
        if inside is not None:
            yield Suspicion(where, f"{inside} (a deleted row; VACUUM the database)")

    def _unpacked(
        self, path: Path, where: str, known: Known, unpack: Unpacker | None, depth: int
    ) -> Iterator[Suspicion]:
        try:
            with tempfile.TemporaryDirectory(prefix="looking-", dir=self._room) as folder:
                parts = list(_parts_of(path, Path(folder), unpack, known))
                for part, _ in parts:
                    # A backup brings its own list of what its library holds.
                    with part.open("rb") as file:
                        if file.read(len(SQLITE)) == SQLITE:
                            known = known | self._known_in(part)
                for part, name in parts:
                    inner = f"{where}, {name}" if name else where
                    yield from self._look(part, inner, known, False, depth + 1)
        except _BROKEN as exc:
            yield Suspicion(where, f"cannot be unpacked ({exc})", is_certain=False)


def _parts_of(
    path: Path, folder: Path, unpack: Unpacker | None, known: Known
) -> Iterator[tuple[Path, str]]:
    """(unpacked file, its name in the archive), without those known; names here are numbers."""
    left = MAX_UNPACKED_BYTES
    strange = _strange_in(path, unpack, known)
    for number, (name, file) in enumerate(_streams_of(path, unpack)):
        if number not in strange:
            continue
        target = folder / str(number)
        with contextlib.closing(file), target.open("wb") as out:
            while chunk := file.read(1 << 20):
                left -= len(chunk)
                if left < 0 or shutil.disk_usage(folder).free < 100_000_000:
                    raise OSError("too large to unpack here")
                out.write(chunk)
        yield target, name


def _strange_in(path: Path, unpack: Unpacker | None, known: Known) -> set[int]:
    """Which of the files within are not known; read first, so that films are not unpacked."""
    strange = set()
    for number, (_, file) in enumerate(_streams_of(path, unpack)):
        digest = hashlib.sha256()
        with contextlib.closing(file):
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() not in known.sha256:
            strange.add(number)
    return strange


def _streams_of(path: Path, unpack: Unpacker | None) -> Iterator[tuple[str, IO[bytes]]]:
    if unpack is not None:
        yield "", cast(IO[bytes], unpack(path))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    yield entry.filename, archive.open(entry)
    else:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file


def _is_ours(data: mmap.mmap, head: bytes, path: Path) -> bool:
    """Text, or what SQLite keeps beside a database."""
    if head.startswith(LOG) or is_text(data):
        return True
    beside = path.name.endswith("-shm") and path.with_name(path.name.removesuffix("-shm")).exists()
    return beside and len(data) % _SHARED_INDEX_BYTES == 0
