"""OASIS (Kurdi et al. 2017): photographs with the mean valence and arousal of about 100 raters.

Ratings run from 1 to 7. Both axes are standardised over the set, so that the plane's middle is
the middle of these pictures and no mood is without any.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

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


def read_pictures(oasis: Oasis, high: int, wide: int) -> Pictures:
    """All photographs [N, high, wide, 3], red-green-blue, squeezed into that size.

    Raises TrainingDataError naming every one that cannot be decoded.
    """
    pictures = np.empty((len(oasis), high, wide, 3), np.uint8)
    unreadable = []
    for row, name in enumerate(tqdm(oasis.names, desc="reading", mininterval=2.0, leave=False)):
        picture = cv2.imread(str(oasis.folder / "images" / name), cv2.IMREAD_COLOR)
        if picture is None:
            unreadable.append(name)
            continue
        small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
        pictures[row] = small[:, :, ::-1]
    if unreadable:
        raise TrainingDataError(
            f"{len(unreadable)} pictures cannot be decoded: {', '.join(unreadable)}"
        )
    return pictures


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--oasis, as every command here takes it."""
    parser.add_argument(
        "--oasis", type=Path, required=True, help="folder with images/ and ratings.csv"
    )
