"""The folder of the library's files: they appear in it whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from appliance.content.media import sha256_of
from appliance.errors import ContentError

_UNFINISHED = ".incoming-"
"""Begins the name of a copy under way; the web servers give out no name with a leading dot."""

_STALE_S = 3600.0
"""An unfinished copy this old belongs to a process that the power took."""


class ClipFolder:
    """Files under names made of their content; ``path`` is made when first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, source: Path, name: str, sha256: str | None = None) -> str:
        """Copy ``source`` in as ``name`` and return the name; a file there is replaced.

        The bytes are on the disk before the name is. Raises ContentError when the copy cannot
        be written, or is not the content ``sha256`` names (the source changed meanwhile).
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.path, prefix=_UNFINISHED)
        except OSError as exc:
            raise self._unwritable(exc) from exc
        try:
            with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
                shutil.copyfileobj(original, copy, 1024 * 1024)
                copy.flush()
                # mkstemp makes its file private; the web server may be another user.
                os.fchmod(copy.fileno(), 0o644)
                os.fsync(copy.fileno())
            if sha256 is not None and sha256_of(Path(part)) != sha256:
                raise ContentError(f"{source.name} changed while it was copied; add it again")
            os.replace(part, self.path / name)
            self._flush_names()
        except OSError as exc:
            raise self._unwritable(exc) from exc
        finally:
            with contextlib.suppress(OSError):
                os.unlink(part)
        return name

    def discard(self, name: str) -> None:
        """Delete a file; one that is gone already is no error. Raises ContentError otherwise."""
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as exc:
            raise self._unwritable(exc) from exc

    def sweep(self) -> None:
        """Delete copies that a killed process left unfinished."""
        for part in self.path.glob(f"{_UNFINISHED}*"):
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > _STALE_S:
                    part.unlink()

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
