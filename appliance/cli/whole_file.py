"""Writes a file that a command was asked for: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from appliance.errors import ContentError


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Replace the file once everything is on the disk; a link's target, not the link.

    Raises ContentError when the file cannot be written; one that was there stays as it was.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with temporary.open("xb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as exc:
        raise ContentError(f"cannot write {path}: {exc.strerror}; name another file") from exc
    finally:
        temporary.unlink(missing_ok=True)
