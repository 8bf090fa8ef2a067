"""The videos and pictures that somebody named on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from appliance.content.media_suffixes import is_media_name
from appliance.errors import ContentError


def media_files(paths: tuple[Path, ...], consequence: str) -> Iterator[Path]:
    """The files named, and those in the folders named; links in folders are not followed.

    Raises ContentError at a folder without any, ending in the ``consequence``.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(
            file
            for file in path.rglob("*")
            if is_media_name(file.name) and file.is_file() and not file.is_symlink()
        )
        if not inside:
            raise ContentError(f"there is no video or picture in {path}; {consequence}")
        yield from inside
