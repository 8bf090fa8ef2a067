"""Views of unlabelled pictures with what the teacher says of each: `python -m models.mood.views`.

Student and teacher look at the very same crop (Beyer et al. 2022, "Knowledge distillation: a good
teacher is patient and consistent", arXiv:2106.05237). Views are made once, round after round, into
two memory-mapped files; an interrupted run goes on with the next round.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from models import commands
from models.commands import TrainingDataError
from models.mood.teacher import SIZE_PX as TEACHER_PX
from models.mood.teacher import Teacher

SIZE_PX = 128
AREA = (0.3, 1.0)
RATIO = 4.0 / 3.0
LIGHT, COLOUR = 0.25, 0.3
HELD_OUT_SHARE = 0.2
SUFFIXES = (".jpg", ".jpeg", ".png")

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


class Looks(Protocol):
    """What a teacher does (see models.mood.teacher)."""

    def features(self, picture: Picture) -> Picture:
        """[H, W, 3] → [1280] uint8."""


@dataclass(frozen=True)
class Views:
    """Views [V, 128, 128, 3] uint8 and the teacher's features of each [V, 1280] uint8."""

    pictures: npt.NDArray[np.uint8]
    features: npt.NDArray[np.uint8]


def is_held_out(name: str) -> bool:
    """Whether a rated picture is kept from all training, its view included: by its name alone."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") < HELD_OUT_SHARE * 2**32


def _is_rated(folder: Path) -> bool:
    return (folder.parent / "ratings.csv").is_file()


def find(folders: Sequence[Path], with_held_out: bool) -> list[Path]:
    """All pictures below the folders, in a fixed order; raises TrainingDataError for an empty one.

    Without `with_held_out` the rated ones that `is_held_out` names are left out.
    """
    found: list[Path] = []
    for folder in folders:
        here = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not here:
            raise TrainingDataError(f"{folder} holds no picture: unpack it and check the path")
        rated = {parent for parent in {path.parent for path in here} if _is_rated(parent)}
        found += [
            path
            for path in here
            if with_held_out or path.parent not in rated or not is_held_out(path.name)
        ]
    return found


def vary(picture: Picture, rng: np.random.Generator) -> Picture:
    """One view [224, 224, 3] of a picture [H, W, 3]: crop, mirror, light and colour strength."""
    high, wide = picture.shape[:2]
    area = high * wide * rng.uniform(*AREA)
    ratio = float(np.exp(rng.uniform(-np.log(RATIO), np.log(RATIO)))) * wide / high
    crop_wide = min(wide, round((area * ratio) ** 0.5))
    crop_high = min(high, round((area / ratio) ** 0.5))
    left, top = rng.integers(wide - crop_wide + 1), rng.integers(high - crop_high + 1)
    crop = picture[top : top + crop_high, left : left + crop_wide]
    small = cv2.resize(crop, (TEACHER_PX, TEACHER_PX), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        small = small[:, ::-1]
    values = small.astype(np.float32)
    grey = values.mean(axis=2, keepdims=True)
    values = grey + (values - grey) * rng.uniform(1.0 - COLOUR, 1.0 + COLOUR)
    values *= rng.uniform(1.0 - LIGHT, 1.0 + LIGHT)
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def make(teacher: Looks, files: Sequence[Path], rounds: int, out: Path, seed: int = 1) -> None:
    """Write `rounds` views of every file into `out`; rounds that are there stay.

    Raises TrainingDataError for a picture that cannot be decoded, or views of other files.
    """
    digest = hashlib.sha256("\n".join(path.name for path in files).encode()).hexdigest()
    state_path = out / "views.json"
    out.mkdir(parents=True, exist_ok=True)
    state = json.loads(state_path.read_text()) if state_path.exists() else {}
    if state and state["files"] != digest:
        raise TrainingDataError(f"{out} holds views of other pictures: name another --out")
    for number in range(state.get("rounds", 0), rounds):
        pictures = np.empty((len(files), SIZE_PX, SIZE_PX, 3), np.uint8)
        features = []
        rng = np.random.default_rng([seed, number])
        for row, path in enumerate(tqdm(files, desc=f"round {number + 1}/{rounds}")):
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if picture is None:
                raise TrainingDataError(f"{path} cannot be decoded: remove it")
            view = vary(np.ascontiguousarray(picture[:, :, ::-1]), rng)
            features.append(teacher.features(view))
            pictures[row] = cv2.resize(view, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
        np.save(out / f"pictures{number}.npy", pictures)
        np.save(out / f"features{number}.npy", np.array(features))
        state_path.write_text(json.dumps({"files": digest, "rounds": number + 1}))


def load(out: Path) -> list[Views]:
    """Every round of `out`, mapped from disk; raises TrainingDataError when there is none."""
    try:
        rounds = json.loads((out / "views.json").read_text())["rounds"]
        return [
            Views(
                np.load(out / f"pictures{k}.npy", mmap_mode="r"),
                np.load(out / f"features{k}.npy"),
            )
            for k in range(rounds)
        ]
    except (OSError, ValueError, KeyError) as exc:
        raise TrainingDataError(f"{out} holds no views: python -m models.mood.views") from exc


def main() -> None:
    """Entry of `python -m models.mood.views`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--teacher", type=Path, required=True, help="MobileNetV2's .tflite file")
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, help="folders")
    parser.add_argument("--out", type=Path, required=True, help="folder for views")
    parser.add_argument("--rounds", type=int, default=10, help="views of each picture")
    parser.add_argument("--all", action="store_true", help="held-out pictures too, for shipping")
    given = parser.parse_args()
    files = find(given.pictures, given.all)
    print(f"{len(files)} pictures", flush=True)
    make(Teacher(given.teacher), files, given.rounds, given.out)


if __name__ == "__main__":
    sys.exit(commands.run(main))
