"""The folder of the library's files: they appear in it whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from appliance.content.media import sha256_of
from appliance.content.tool_runner import FOREGROUND, ToolRunner, shown
from appliance.errors import ContentError

logger = logging.getLogger(__name__)

_UNFINISHED = ".incoming-"
"""Begins the name of work under way; the web servers give out no name with a leading dot."""

_OWN_NAME = re.compile(r"[0-9a-f]{64}\.(mp4|webm|jpg)")
_STALE_S = 3600.0
"""A file without a row in the library that is this old will get none any more."""

SET_ASIDE = "set-aside"
"""Folder beside the library's for files without a row: perhaps it is the row that was lost."""

_CHUNK_BYTES = 1024 * 1024


class ClipFolder:
    """Files under names made of their content; ``path`` is made when first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for unfinished files, on the library's disk; gone afterwards with all in it.

        What a process that was killed left behind goes first. Raises ContentError when the
        library's folder cannot be written.
        """
        self.sweep()
        with self._in_use():
            try:
                room = Path(tempfile.mkdtemp(dir=self.path, prefix=_UNFINISHED))
            except OSError as exc:
                raise self._unwritable(exc) from exc
            try:
                yield room
            finally:
                shutil.rmtree(room, ignore_errors=True)

    def require_space(self, needed_bytes: int, reserve_bytes: int) -> None:
        """Raises ContentError where less than both together is free."""
        try:
            free_bytes = shutil.disk_usage(self.path).free
        except OSError as exc:
            raise self._unwritable(exc) from exc
        if free_bytes < needed_bytes + reserve_bytes:
            raise ContentError(
                f"not enough room in {self.path}: up to {_mb(needed_bytes)} MB are needed and"
                f" {_mb(reserve_bytes)} MB stay in reserve, {_mb(free_bytes)} MB are free;"
                " free some space, remove clips or lower library.reserve_mb"
            )

    def admit(self, part: Path, name: str) -> None:
        """Give a finished file of the workspace its name; a file there is replaced.

        The bytes are on the disk before the name is. Raises ContentError when they cannot be.
        """
        try:
            with part.open("rb") as finished:
                # The web server may be another user.
                os.fchmod(finished.fileno(), 0o644)
                os.fsync(finished.fileno())
            os.replace(part, self.path / name)
            self._flush_names()
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def keep(
        self,
        source: Path,
        name: str,
        sha256: str | None = None,
        runner: ToolRunner = FOREGROUND,
    ) -> str:
        """Copy ``source`` in as ``name`` and return the name; a file there is replaced.

        Raises ContentError when the copy cannot be written, or is not the content ``sha256``
        names (the source changed meanwhile).
        """
        with self.workspace() as room:
            self.admit(self.copy(source, room / "copy", sha256, runner), name)
        return name

    def copy(
        self, source: Path, part: Path, sha256: str | None, runner: ToolRunner = FOREGROUND
    ) -> Path:
        """Copy ``source`` into the workspace as ``part``; ContentError as for ``keep``."""
        try:
            with part.open("wb") as copy, source.open("rb") as original:
                while chunk := original.read(_CHUNK_BYTES):
                    runner.raise_if_stopped()
                    copy.write(chunk)
        except OSError as exc:
            raise self._unwritable(exc) from exc
        if sha256 is not None and sha256_of(part, runner) != sha256:
            raise ContentError(f"{shown(source)} changed while it was copied; add it again")
        return part

    def discard(self, name: str) -> None:
        """Delete a file; one that is gone already is no error. Raises ContentError otherwise."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def sweep(self, known_files: Collection[str] | None = None) -> None:
        """Delete what killed processes left, unless one is at work here just now.

        With ``known_files`` (all names the library has) files without a row are set aside.
        Raises ContentError when the folder cannot be made.
        """
        self._make()
        with self._in_use(alone=True) as is_alone:
            if not is_alone:
                return
            for part in self.path.glob(f"{_UNFINISHED}*"):
                _remove(part)
            if known_files is not None:
                self._sweep_strangers(known_files)

    def _sweep_strangers(self, known_files: Collection[str]) -> None:
        aside, moved = self.path.parent / SET_ASIDE, 0
        for file in self.path.iterdir():
            if _OWN_NAME.fullmatch(file.name) and file.name not in known_files:
                with contextlib.suppress(OSError):
                    if time.time() - file.stat().st_mtime > _STALE_S:
                        aside.mkdir(exist_ok=True)
                        os.replace(file, aside / file.name)
                        moved += 1
        if moved:
            logger.warning(
                "%d files that the library does not know are in %s now; take them in again with"
                " 'appliance clip add', or delete them", moved, aside,
            )  # fmt: skip

    @contextlib.contextmanager
    def _in_use(self, *, alone: bool = False) -> Iterator[bool]:
        """Hold the folder's lock, shared or (True, if it can be had at once) alone.

        The system lets it go with the process that held it, however that ends.
        """
        folder = os.open(self.path, os.O_RDONLY)
        try:
            has_it = True
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
            except BlockingIOError:
                has_it = False
            yield has_it
        finally:
            os.close(folder)

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def _flush_names(self) -> None:
        # A rename is on the disk only once the folder is.
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unwritable(self, exc: OSError) -> ContentError:
        return ContentError(
            f"cannot write to {self.path} ({exc.strerror}); check its owner and the free space"
        )


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _mb(count: int) -> int:
    return round(count / 1e6)
