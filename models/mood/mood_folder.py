"""A folder of eight folders named after the moods: somebody's own pictures, sorted by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.commands import TrainingDataError
from models.mood import moods
from models.mood.moods import MOODS, Floats, Ints

SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class MoodFolder:
    """Pictures [N] and the mood of each, an index into MOODS [N]."""

    folder: Path
    paths: tuple[Path, ...]
    moods: Ints

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def names(self) -> tuple[str, ...]:
        """As below the folder."""
        return tuple(str(path.relative_to(self.folder)) for path in self.paths)

    @property
    def standardised(self) -> Floats:
        """(valence, arousal) [N, 2]: the middle of the mood's sector, for want of ratings."""
        return moods.centres()[self.moods]

    @property
    def counts(self) -> dict[str, int]:
        """Pictures of each mood."""
        found = np.bincount(self.moods, minlength=len(MOODS))
        return {mood.value: int(n) for mood, n in zip(MOODS, found, strict=True)}


def load(folder: Path) -> MoodFolder:
    """Raises TrainingDataError naming the moods that have no folder or no picture."""
    paths: list[Path] = []
    labels: list[int] = []
    empty = []
    for label, mood in enumerate(MOODS):
        here = sorted(p for p in folder.glob(f"{mood.value}/*") if p.suffix.lower() in SUFFIXES)
        if not here:
            empty.append(mood.value)
        paths += here
        labels += [label] * len(here)
    if empty:
        raise TrainingDataError(
            f"{folder} has no pictures in {', '.join(empty)}: name a folder with one folder of"
            " pictures for each of the eight moods"
        )
    return MoodFolder(folder, tuple(paths), np.array(labels, np.int64))
