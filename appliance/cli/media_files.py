"""The videos and pictures that somebody named on the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from appliance.content.media_suffixes import is_media_file, stands_beside
from appliance.errors import ContentError


class MediaFiles:
    """The files named, and those in the folders named; links in folders are not followed.

    Iterating raises ContentError at a folder without any, ending in the ``consequence``;
    afterwards ``left_out`` says in a line which other files there were, None where none.
    """

    def __init__(self, paths: tuple[Path, ...], consequence: str) -> None:
        self._paths = paths
        self._consequence = consequence
        self._others: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Path]:
        for path in self._paths:
            if not path.is_dir():
                yield path
                continue
            inside = list(self._inside(path))
            if not inside:
                raise ContentError(f"there is no video or picture in {path}; {self._consequence}")
            yield from inside

    def _inside(self, folder: Path) -> Iterator[Path]:
        for file in sorted(folder.rglob("*")):
            if file.is_symlink() or not file.is_file():
                continue
            if not stands_beside(file.relative_to(folder)) and is_media_file(file):
                yield file
            elif not file.name.startswith("."):
                self._others[file.suffix.lower() or file.name] += 1

    @property
    def left_out(self) -> str | None:
        """`left out: 2 .lrv, 1 .thm`."""
        kinds = [f"{number} {kind}" for kind, number in sorted(self._others.items())]
        return f"left out: {', '.join(kinds)}" if kinds else None
