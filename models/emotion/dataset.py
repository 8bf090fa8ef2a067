"""FER2013 and the expression photographs, decoded once into one cache file.

FER2013 (Goodfellow et al. 2013, arXiv:1307.0414): 48×48 grey; its `validation` folder is the
challenge's public test and is never trained on. The photographs are split by person (file name up
to the last `_`), about 85 % for training and 15 % held out.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from models.commands import TrainingDataError
from models.emotion.labels import FER_FOLDERS, LABELS

PACKED_SIZE_PX = 64
HELD_OUT_SHARE = 0.15
SPLITS = ("fer-train", "fer-validation", "photos-train", "photos-held-out")

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Faces:
    """Pictures [N, S, S] grey uint8 and their labels [N] (indices into LABELS)."""

    pictures: Pictures
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


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


def read_faces(files: list[tuple[Path, int]]) -> Faces:
    """Decode and resize; raises TrainingDataError naming every file that cannot be decoded."""
    pictures = np.empty((len(files), PACKED_SIZE_PX, PACKED_SIZE_PX), np.uint8)
    unreadable = []
    for row, (path, _) in enumerate(tqdm(files, desc="reading", mininterval=2.0, leave=False)):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            unreadable.append(str(path))
            continue
        larger = min(picture.shape) > PACKED_SIZE_PX
        kind = cv2.INTER_AREA if larger else cv2.INTER_LINEAR
        pictures[row] = cv2.resize(picture, (PACKED_SIZE_PX, PACKED_SIZE_PX), interpolation=kind)
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
        check_folders(
            [fer / part / name for part in ("train", "validation") for name in sorted(FER_FOLDERS)]
            + [photos / name for name in LABELS]
        )
        files = {
            "fer-train": list(walk_fer(fer, "train")),
            "fer-validation": list(walk_fer(fer, "validation")),
            "photos-train": list(walk_photos(photos, held_out=False)),
            "photos-held-out": list(walk_photos(photos, held_out=True)),
        }
        parts = {name: read_faces(files[name]) for name in SPLITS}
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for name, part in parts.items():
            arrays[f"{name}.pictures"] = part.pictures
            arrays[f"{name}.labels"] = part.labels
        cache.parent.mkdir(parents=True, exist_ok=True)
        unfinished = cache.with_suffix(".part.npz")
        np.savez(unfinished, **arrays)  # type: ignore[arg-type]
        unfinished.rename(cache)
    with np.load(cache) as stored:
        return {
            name: Faces(stored[f"{name}.pictures"], stored[f"{name}.labels"]) for name in SPLITS
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--fer, --photos and --cache, as every command of the workbench takes them."""
    parser.add_argument("--fer", type=Path, required=True, help="folder with train/ validation/")
    parser.add_argument("--photos", type=Path, required=True, help="folder of expression photos")
    parser.add_argument("--cache", type=Path, required=True, help="packed pictures (.npz)")
