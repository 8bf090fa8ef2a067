"""Which clips have lost their file, or have another in its place; looked up only after a change."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from appliance.content.film_book import Checks, FilmBook
from appliance.domain import Clip

logger = logging.getLogger(__name__)

MISSING_TOLD = 10
"""Clips without their file that are named in the log; a card that fell out lacks all of them."""


class ClipFiles:
    """Used by one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._book = FilmBook(folder.parent)
        self._checks: Checks = {}
        self._state: tuple[object, object] = (None, None)
        self._written_to: frozenset[str] = frozenset()
        """Names of films that were written to and not read through since."""
        self._clips: Sequence[Clip] = ()
        self.missing: frozenset[int] = frozenset()
        """Ids of the clips that cannot be shown for that."""

    def look(self, clips: Sequence[Clip]) -> bool:
        """Has anything changed since the last look, in the folder or in ``clips``?"""
        state = _state_of(self._folder), self._book.version
        if clips is self._clips and state == self._state:
            return False
        if state[1] != self._state[1]:
            self._checks = self._book.read()
            self._written_to = self._changed(self._written_to)
        self._clips, self._state = clips, state
        # One look at the folder, not one for each of perhaps many thousand clips.
        there = _names_in(self._folder)
        gone = {clip.id: clip for clip in clips if clip.file not in there}
        self._tell([clip for clip_id, clip in gone.items() if clip_id not in self.missing])
        self.missing = frozenset(gone) | self._unfit()
        return True

    def is_as_read(self, clip: Clip) -> bool:
        """One look at the file before it is shown; where it was written to, all are looked at.

        ``missing`` then has those, until each was read through.
        """
        check = self._checks.get(clip.file)
        if check is None or check.is_of(self._folder / clip.file):
            return True
        self._written_to = self._changed(self._checks)
        logger.warning(
            "%d films were written to, among them that of clip %d %r: they are not shown until they"
            " were read through", len(self._written_to), clip.id, clip.title,
        )  # fmt: skip
        self.missing |= self._unfit()
        self._state = (None, None)  # the next look counts anew
        return False

    def _changed(self, names: Iterable[str]) -> frozenset[str]:
        checks = ((name, self._checks.get(name)) for name in names)
        return frozenset(
            name for name, check in checks if check and not check.is_of(self._folder / name)
        )

    def _unfit(self) -> frozenset[int]:
        unfit = {name for name, check in self._checks.items() if check.trouble} | self._written_to
        return frozenset(clip.id for clip in self._clips if clip.file in unfit)

    def _tell(self, clips: Sequence[Clip]) -> None:
        for clip in clips[:MISSING_TOLD]:
            logger.warning("Clip %d %r: its file %s is gone", clip.id, clip.title, clip.file)
        if len(clips) > MISSING_TOLD:
            logger.warning("The files of %d more clips are gone", len(clips) - MISSING_TOLD)


def _state_of(folder: Path) -> tuple[int, int] | None:
    """Changes when a file is put in or taken out; None: there is no folder."""
    try:
        state = folder.stat()
    except OSError:
        return None
    return state.st_ino, state.st_mtime_ns


def _names_in(folder: Path) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if entry.is_file())
    except OSError:
        return frozenset()
