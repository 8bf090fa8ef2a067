"""OASIS (Kurdi et al. 2017): photographs with the mean valence and arousal of about 100 raters.

Ratings run from 1 to 7. Both axes are standardised over the set, so that the plane's middle is
the middle of these pictures and no mood is without any.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.commands import TrainingDataError
from models.mood import moods

COLUMNS = ("image", "category", "valence_mean", "arousal_mean")
LOWEST, HIGHEST = 1.0, 7.0

Pictures = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Oasis:
    """Names and categories [N] of the photographs, ratings [N] as published (1…7)."""

    folder: Path
    names: tuple[str, ...]
    categories: tuple[str, ...]
    valence: Floats
    arousal: Floats

    def __len__(self) -> int:
        return len(self.names)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Their files [N]."""
        return tuple(self.folder / "images" / name for name in self.names)

    @property
    def standardised(self) -> Floats:
        """(valence, arousal) [N, 2], each with mean 0 and deviation 1 over the set."""
        ratings = np.stack((self.valence, self.arousal), axis=1)
        return np.asarray((ratings - ratings.mean(axis=0)) / ratings.std(axis=0))

    @property
    def moods(self) -> Ints:
        """Index into MOODS [N] of the standardised ratings' sector."""
        points = self.standardised
        return moods.sectors(points[:, 0], points[:, 1])

    @property
    def counts(self) -> dict[str, int]:
        """Pictures of each mood."""
        found = np.bincount(self.moods, minlength=len(moods.MOODS))
        return {mood.value: int(n) for mood, n in zip(moods.MOODS, found, strict=True)}


def load(folder: Path) -> Oasis:
    """Read `folder`/ratings.csv; pictures are `folder`/images.

    Raises TrainingDataError naming what is missing, unknown or out of range.
    """
    path = folder / "ratings.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as exc:
        raise TrainingDataError(f"{path} cannot be read: unpack OASIS and check the path") from exc
    if not rows or not set(COLUMNS) <= set(rows[0]):
        raise TrainingDataError(f"{path} needs rows with the columns {', '.join(COLUMNS)}")
    missing = [row["image"] for row in rows if not (folder / "images" / row["image"]).is_file()]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise TrainingDataError(
            f"{folder / 'images'} lacks {', '.join(missing[:5])}{more}: unpack OASIS again"
        )
    return Oasis(
        folder,
        tuple(row["image"] for row in rows),
        tuple(row["category"] for row in rows),
        _ratings(rows, "valence_mean", path),
        _ratings(rows, "arousal_mean", path),
    )


def _ratings(rows: list[dict[str, str]], column: str, path: Path) -> Floats:
    try:
        values = np.array([float(row[column]) for row in rows])
    except (TypeError, ValueError) as exc:
        raise TrainingDataError(f"{path}: {column} holds something that is no number") from exc
    wrong = np.flatnonzero(~((values >= LOWEST) & (values <= HIGHEST)))
    if len(wrong):
        raise TrainingDataError(
            f"{path}: {column} of {rows[int(wrong[0])]['image']} is not within 1 to 7"
        )
    return values
