"""Which clips of the library have lost their file, looked up only when the folder has changed."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from appliance.domain import Clip

logger = logging.getLogger(__name__)

MISSING_TOLD = 10
"""Clips without their file that are named in the log; a card that fell out lacks all of them."""


class ClipFiles:
    """Used by one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state: tuple[int, int] | None = None
        self._clips: Sequence[Clip] = ()
        self.missing: frozenset[int] = frozenset()
        """Ids of the clips that cannot be shown for that."""

    def look(self, clips: Sequence[Clip]) -> bool:
        """Has anything changed since the last look, in the folder or in ``clips``?"""
        state = _state_of(self._folder)
        if clips is self._clips and state == self._state:
            return False
        self._clips, self._state = clips, state
        # One look at the folder, not one for each of perhaps many thousand clips.
        there = _names_in(self._folder)
        gone = {clip.id: clip for clip in clips if clip.file not in there}
        self._tell([clip for clip_id, clip in gone.items() if clip_id not in self.missing])
        self.missing = frozenset(gone)
        return True

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
