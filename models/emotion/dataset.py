"""FER2013 or FER+ and the expression photographs, decoded once into one cache file.

FER2013 (Goodfellow et al. 2013, arXiv:1307.0414): 48×48 grey; its `validation` part is the
challenge's public test and is never trained on. FER+ has the same pictures with ten people's votes
(`votes.py`); which of the two a folder holds is seen from its files. The photographs are split by
person (file name up to the last `_`), about 85 % for training and 15 % held out.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from models.commands import TrainingDataError
from models.emotion import votes
from models.emotion.labels import FER_FOLDERS, LABELS
from models.emotion.votes import Votes

PACKED_SIZE_PX = 64
HELD_OUT_SHARE = 0.15
FER_HELP = "FER2013 (folder with train/ validation/) or FER+ (train.npy, train.csv, validation...)"
SPLITS = ("fer-train", "fer-validation", "photos-train", "photos-held-out")

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Faces:
    """Pictures [N, S, S] grey uint8 and their labels [N] (indices into LABELS).

    `votes` [N, 7]: shares of the people who saw each emotion; None: nobody but the labels' one.
    """

    pictures: Pictures
    labels: Labels
    votes: npt.NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def targets(self, smoothing: float, classes: Sequence[int]) -> npt.NDArray[np.float32]:
        """What to train towards [N, 7]: the votes, or the labels smoothed over `classes`.

        Votes are not smoothed: they hold people's doubt already.
        """
        if self.votes is not None:
            return self.votes
        wanted = (1.0 - smoothing) * np.eye(len(LABELS), dtype=np.float32)[self.labels]
        wanted[:, list(classes)] += smoothing / len(classes)
        return wanted


def person_of(file_name: str) -> str:
    """The person a photograph shows: its file name up to the last `_`."""
    return Path(file_name).stem.rpartition("_")[0]


def is_held_out(person: str) -> bool:
    """Whether a person's photographs are kept from training: fixed by the name alone."""
    digest = hashlib.sha256(person.encode()).digest()
    return int.from_bytes(digest[:4], "big") < HELD_OUT_SHARE * 2**32


def walk_fer(root: Path, part: str) -> Iterator[tuple[Path, int]]:
    """(file, label) of FER2013's `train` or `validation` folder, in a fixed order."""
    for folder, label in sorted(FER_FOLDERS.items()):
        for path in sorted((root / part / folder).glob("*.jpg")):
            yield path, LABELS.index(label)


def walk_photos(root: Path, held_out: bool) -> Iterator[tuple[Path, int]]:
    """(file, label) of the photographs on one side of the split by person."""
    for number, label in enumerate(LABELS):
        for path in sorted((root / label).glob("*.jpg")):
            if is_held_out(person_of(path.name)) == held_out:
                yield path, number


def check_folders(folders: Iterable[Path]) -> None:
    """Raises TrainingDataError naming every folder that is missing or holds no *.jpg."""
    wrong = [
        f"{folder} ({'no pictures in it' if folder.is_dir() else 'missing'})"
        for folder in folders
        if next(folder.glob("*.jpg"), None) is None
    ]
    if wrong:
        raise TrainingDataError(
            f"pictures are expected in {', '.join(wrong)}: unpack the data set and check its path"
        )


def packed(picture: npt.NDArray[Any]) -> Pictures:
    """A grey picture as the cache holds it."""
    larger = min(picture.shape) > PACKED_SIZE_PX
    kind = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    size = (PACKED_SIZE_PX, PACKED_SIZE_PX)
    return np.asarray(cv2.resize(picture, size, interpolation=kind), np.uint8)


def voted_faces(found: Votes, rows: npt.NDArray[np.bool_]) -> Faces:
    """The chosen rows of FER+; the label is the emotion with the most votes (the first of them)."""
    pictures = np.stack([packed(picture) for picture in found.pictures[rows]])
    return Faces(pictures, found.shares[rows].argmax(axis=1), found.shares[rows])


def read_votes(root: Path) -> tuple[Faces, Faces]:
    """FER+ to train on and to measure on: faces with an emotion, and with one clear majority."""
    train, validation = (votes.read(root, part) for part in votes.PARTS)
    return voted_faces(train, train.trained_on), voted_faces(validation, validation.majority >= 0)


def read_faces(files: list[tuple[Path, int]]) -> Faces:
    """Decode and resize; raises TrainingDataError naming every file that cannot be decoded."""
    pictures = np.empty((len(files), PACKED_SIZE_PX, PACKED_SIZE_PX), np.uint8)
    unreadable = []
    for row, (path, _) in enumerate(tqdm(files, desc="reading", mininterval=2.0, leave=False)):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            unreadable.append(str(path))
            continue
        pictures[row] = packed(picture)
    if unreadable:
        raise TrainingDataError(
            f"{len(unreadable)} pictures cannot be decoded: {', '.join(unreadable)};"
            " unpack the data set again or remove them"
        )
    return Faces(pictures, np.array([label for _, label in files], np.int64))


def load(fer: Path, photos: Path, cache: Path) -> dict[str, Faces]:
    """The four parts named in SPLITS; packs them into `cache` (.npz) the first time.

    Raises TrainingDataError naming what is missing, empty or unreadable.
    """
    if not cache.exists():
        parts = _read_all(fer, photos)
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, part in parts.items():
            arrays[f"{name}.pictures"] = part.pictures
            arrays[f"{name}.labels"] = part.labels
            if part.votes is not None:
                arrays[f"{name}.votes"] = part.votes
        cache.parent.mkdir(parents=True, exist_ok=True)
        unfinished = cache.with_suffix(".part.npz")
        np.savez(unfinished, **arrays)
        unfinished.rename(cache)
    with np.load(cache) as stored:
        return {
            name: Faces(
                stored[f"{name}.pictures"], stored[f"{name}.labels"], stored.get(f"{name}.votes")
            )
            for name in SPLITS
        }


def _read_all(fer: Path, photos: Path) -> dict[str, Faces]:
    voted = votes.is_folder_of_votes(fer)
    folders = [
        fer / part / name for part in ("train", "validation") for name in sorted(FER_FOLDERS)
    ]
    check_folders([*([] if voted else folders), *(photos / name for name in LABELS)])
    if voted:
        train, validation = read_votes(fer)
    else:
        train, validation = (
            read_faces(list(walk_fer(fer, part))) for part in ("train", "validation")
        )
    return {
        "fer-train": train,
        "fer-validation": validation,
        "photos-train": read_faces(list(walk_photos(photos, held_out=False))),
        "photos-held-out": read_faces(list(walk_photos(photos, held_out=True))),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--fer, --photos and --cache, as every command of the workbench takes them."""
    parser.add_argument("--fer", type=Path, required=True, help=FER_HELP)
    parser.add_argument("--photos", type=Path, required=True, help="folder of expression photos")
    parser.add_argument("--cache", type=Path, required=True, help="packed pictures (.npz)")
