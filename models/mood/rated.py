"""Pictures with what people said of them, wherever they come from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from tqdm import tqdm

from models.commands import TrainingDataError
from models.mood import mood_folder, oasis
from models.mood.moods import Floats, Ints
from models.mood.oasis import Pictures


class Rated(Protocol):
    """N pictures, the points people gave them, and the mood of each."""

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def paths(self) -> tuple[Path, ...]: ...

    @property
    def standardised(self) -> Floats: ...

    @property
    def moods(self) -> Ints: ...

    @property
    def counts(self) -> dict[str, int]: ...

    def __len__(self) -> int: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--oasis or --moods, as every command here takes them."""
    either = parser.add_mutually_exclusive_group(required=True)
    either.add_argument("--oasis", type=Path, help="folder with images/ and ratings.csv")
    either.add_argument("--moods", type=Path, help="folder of eight folders, one for each mood")


def load(given: argparse.Namespace) -> Rated:
    """What the command line names; raises TrainingDataError."""
    return oasis.load(given.oasis) if given.oasis else mood_folder.load(given.moods)


def read_pictures(data: Rated, high: int, wide: int) -> Pictures:
    """All pictures [N, high, wide, 3], red-green-blue, squeezed into that size.

    Raises TrainingDataError naming every one that cannot be decoded.
    """
    pictures = np.empty((len(data), high, wide, 3), np.uint8)
    unreadable = []
    for row, path in enumerate(tqdm(data.paths, desc="reading", mininterval=2.0, leave=False)):
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            unreadable.append(data.names[row])
            continue
        small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA)
        pictures[row] = small[:, :, ::-1]
    if unreadable:
        raise TrainingDataError(
            f"{len(unreadable)} pictures cannot be decoded: {', '.join(unreadable)}"
        )
    return pictures
