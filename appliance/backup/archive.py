"""The one file a backup is: a tar of the unit's files, with a list of their checksums at its end.

Plain tar, because films do not get smaller; the database in it is compressed.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import re
import sqlite3
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from appliance.backup.manifest import MANIFEST, Facts, Manifest, manifest_content, manifest_of
from appliance.errors import BackupError

DATABASE = "appliance.db.gz"

PASSING = frozenset({"running.json", "weather.json", "restore.json", "recovery.json", "films.json"})
"""Files of the state directory that mean something only there and then."""

_CHUNK_BYTES = 1 << 20
_MAX_MANIFEST_BYTES = 64_000_000
_NAME = re.compile(
    r"appliance\.db\.gz|secret\.key|config\.toml|kma_service_key|[a-z_]{1,40}\.json"
    r"|clips/[0-9A-Za-z][0-9A-Za-z_-]{0,199}\.(mp4|webm|jpg)"
    r"|models/(?:[0-9a-f]{16}/)?[0-9A-Za-z_][0-9A-Za-z_.-]{0,199}",
    re.ASCII,
)

Pause = Callable[[], None]
"""Called between two chunks; may raise to give up, or let others have the disk."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    """In the archive."""
    path: Path


def write_archive(
    target: Path,
    parts: Iterable[Part],
    facts: Facts,
    pause: Pause = lambda: None,
    key: bytes | None = None,
) -> None:
    """Write, read back, and only then give the file its name. Readable for its owner alone.

    ``key`` (of the unit's secret) signs it; None: it stays unsigned.

    Raises BackupError when it cannot be written or does not read back as it should; then there
    is nothing new at ``target``.
    """
    unfinished = target.with_name(f".{target.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            checksums: dict[str, str] = {}
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for part in parts:
                    checksums[part.name] = _add(tar, part, facts, pause)
                _add_manifest(tar, facts, checksums, key)
            file.flush()
            os.fsync(file.fileno())
        check_archive(unfinished, pause)
        os.replace(unfinished, target)
        _flush_folder(target.parent)
    except OSError as exc:
        raise BackupError(
            f"cannot write the backup {target} ({exc.strerror}); check folder and free space"
        ) from exc
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest:
    """Without reading the rest. Raises BackupError for what is no backup, or damaged."""
    with _opened(path) as tar:
        for member in tar:
            if member.name == MANIFEST:
                return manifest_of(_content(tar, member), path)
    raise BackupError(f"{path} is no backup of this program, or cut short; take another one")


def check_archive(path: Path, pause: Pause = lambda: None) -> Manifest:
    """Read all of it: every checksum, and the database as it is uncompressed.

    Writes nothing. Raises BackupError.
    """
    return _walk(path, None, pause)


def unpack(path: Path, folder: Path, pause: Pause = lambda: None) -> Manifest:
    """Unpack everything under ``folder``, the database as ``appliance.db``, and check it all.

    Raises BackupError where anything is missing, damaged or does not belong in a backup, and
    OSError when it cannot be written.
    """
    manifest = _walk(path, folder, pause)
    database = folder / DATABASE.removesuffix(".gz")
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as exc:
        verdict = str(exc)
    if verdict != "ok":
        raise BackupError(f"the database in {path} is damaged ({verdict}); take another backup")
    return manifest


def _walk(path: Path, folder: Path | None, pause: Pause) -> Manifest:
    found: dict[str, str] = {}
    database_sha256 = ""
    manifest: Manifest | None = None
    with _opened(path) as tar:
        for member in tar:
            if (
                not member.isfile()
                or _NAME.fullmatch(member.name) is None
                or member.name in PASSING
            ):
                raise BackupError(f"{path} holds {member.name[:80]!r}, which no backup does")
            if member.name == MANIFEST:
                manifest = manifest_of(_content(tar, member), path)
                continue
            target = folder / member.name.removesuffix(".gz") if folder is not None else None
            found[member.name], content_sha256 = _read(tar, member, target, pause)
            if member.name == DATABASE:
                database_sha256 = content_sha256
    if manifest is None:
        raise BackupError(f"{path} is cut short; take another backup")
    wrong = sorted(name for name in found.keys() | manifest.sha256.keys()
                   if found.get(name) != manifest.sha256.get(name))  # fmt: skip
    if database_sha256 != manifest.facts.database_sha256:
        wrong.append("the database")
    if wrong:
        raise BackupError(f"{path} is damaged: {', '.join(wrong[:5])}; take another backup")
    return manifest


class _Counted(io.RawIOBase):
    """Passes bytes on and keeps their checksum."""

    def __init__(self, source: IO[bytes], pause: Pause) -> None:
        self._source, self._pause = source, pause
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._pause()
        chunk = self._source.read(size)
        self.digest.update(chunk)
        return chunk


def _add(tar: tarfile.TarFile, part: Part, facts: Facts, pause: Pause) -> str:
    with part.path.open("rb") as source:
        entry = tarfile.TarInfo(part.name)
        entry.size = os.fstat(source.fileno()).st_size
        entry.mode, entry.mtime = 0o600, facts.created_at.timestamp()
        counted = _Counted(source, pause)
        tar.addfile(entry, cast(IO[bytes], counted))
    return counted.digest.hexdigest()


def _add_manifest(
    tar: tarfile.TarFile, facts: Facts, checksums: dict[str, str], key: bytes | None
) -> None:
    content = manifest_content(facts, checksums, key)
    entry = tarfile.TarInfo(MANIFEST)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, facts.created_at.timestamp()
    tar.addfile(entry, io.BytesIO(content))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except FileNotFoundError as exc:
        raise BackupError(f"there is no backup {path}; see 'appliance backup list'") from exc
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as exc:
        raise BackupError(f"{path} is no backup, or damaged ({exc}); take another one") from exc


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return b"" if file is None else file.read(_MAX_MANIFEST_BYTES)


def _read(
    tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path | None, pause: Pause
) -> tuple[str, str]:
    """Checksums of the part as it is in the archive, and of what came out of it."""
    source = tar.extractfile(member)
    assert source is not None  # a regular file, as was asked
    counted, content = _Counted(source, pause), hashlib.sha256()
    with contextlib.ExitStack() as files:
        reading: IO[bytes] = cast(IO[bytes], counted)
        if member.name.endswith(".gz"):
            reading = cast(IO[bytes], files.enter_context(gzip.GzipFile(fileobj=reading)))
        out: IO[bytes] | None = None
        if target is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            out = files.enter_context(target.open("wb"))
        while chunk := reading.read(_CHUNK_BYTES):
            content.update(chunk)
            if out is not None:
                out.write(chunk)
        while counted.read(_CHUNK_BYTES):
            pass  # what gzip does not ask for belongs to the checksum, too
        if out is not None:
            out.flush()
            os.fsync(out.fileno())
    return counted.digest.hexdigest(), content.hexdigest()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
