"""FER+: what ten people saw in each face of FER2013's original pictures (Barsoum et al. 2016,
"Training deep networks for facial expression recognition with crowd-sourced label distribution",
arXiv:1608.01041).

A part is two files: `<part>.npy`, uint8 [N, H, W] grey, and `<part>.csv`, row for row, with a
column of votes for each name in VOTED and `fer2013_label`, the challenge's own label or nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.commands import TrainingDataError
from models.emotion.class_names import label_of
from models.emotion.labels import LABELS

OTHERS = ("contempt", "unknown", "NF")
"""Votes for none of the seven; NF: no face."""
VOTED = (*LABELS, *OTHERS)
FER_LABEL = "fer2013_label"
PARTS = ("train", "validation")
AGREED_SHARE = 0.7
LEAST_EMOTIONS = 0.5
"""A face is trained on where at least this share of its votes is for one of the seven. What is
left is shared out among the seven as their own votes are."""

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Votes:
    """Pictures [N, H, W] grey uint8, votes [N, 10] in VOTED's order, the challenge's labels [N].

    `fer_labels` are indices into LABELS, −1 where there is none.
    """

    pictures: npt.NDArray[np.uint8]
    counts: Ints
    fer_labels: Ints

    @cached_property
    def shares(self) -> Floats:
        """Votes for the seven as shares of them [N, 7]; even where nobody voted for any."""
        seven = self.counts[:, : len(LABELS)].astype(np.float32)
        total = seven.sum(axis=1, keepdims=True)
        return np.where(total > 0, seven / np.maximum(total, 1.0), 1.0 / len(LABELS))

    @cached_property
    def majority(self) -> Ints:
        """The one emotion with the most votes of all ten [N]; −1 where it is none or several."""
        most = self.counts.max(axis=1)
        alone = (self.counts == most[:, None]).sum(axis=1) == 1
        best = self.counts.argmax(axis=1)
        return np.where(alone & (best < len(LABELS)), best, -1)

    @cached_property
    def agreed(self) -> Bools:
        """Where at least seven of ten agree on an emotion [N]."""
        return self._share_of_all(self.counts.max(axis=1), AGREED_SHARE) & (self.majority >= 0)

    @cached_property
    def trained_on(self) -> Bools:
        """Where enough votes are for one of the seven [N]."""
        return self._share_of_all(self.counts[:, : len(LABELS)].sum(axis=1), LEAST_EMOTIONS)

    def _share_of_all(self, votes: Ints, share: float) -> Bools:
        return np.asarray(votes >= share * np.maximum(self.counts.sum(axis=1), 1))


def is_folder_of_votes(folder: Path) -> bool:
    """Whether `folder` is laid out as FER+ is here, as far as its first file shows."""
    return any((folder / f"{part}.{end}").exists() for part in PARTS for end in ("npy", "csv"))


def read(folder: Path, part: str) -> Votes:
    """`part` (one of PARTS); raises TrainingDataError that names every row that is wrong."""
    pictures = _pictures(folder / f"{part}.npy")
    path = folder / f"{part}.csv"
    rows = _rows(path)
    if len(rows) != len(pictures):
        raise TrainingDataError(
            f"{path} has {len(rows)} rows of votes, {folder / part}.npy {len(pictures)} pictures:"
            " they belong together row for row, so unpack both again"
        )
    counts = np.array([_counts(path, number, row) for number, row in enumerate(rows)], np.int64)
    labels = [label_of(row[FER_LABEL]) if row.get(FER_LABEL) else None for row in rows]
    numbers = [-1 if label is None else label for label in labels]
    return Votes(pictures, counts.reshape(-1, len(VOTED)), np.array(numbers, np.int64))


def _pictures(path: Path) -> npt.NDArray[np.uint8]:
    try:
        pictures = np.load(path, allow_pickle=False)
    except FileNotFoundError as exc:
        raise TrainingDataError(f"{path} is missing: unpack the data set again") from exc
    except (OSError, ValueError, EOFError) as exc:
        raise TrainingDataError(f"{path} is no NumPy file: unpack the data set again") from exc
    if getattr(pictures, "ndim", 0) != 3 or pictures.dtype != np.uint8 or not len(pictures):
        raise TrainingDataError(f"{path} holds no grey pictures (uint8 [N, H, W])")
    return np.asarray(pictures, np.uint8)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except FileNotFoundError as exc:
        raise TrainingDataError(f"{path} is missing: unpack the data set again") from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise TrainingDataError(f"{path} is no CSV file in UTF-8: unpack it again") from exc
    missing = [name for name in VOTED if name not in (reader.fieldnames or [])]
    if missing:
        raise TrainingDataError(f"{path} has no column {', '.join(missing)}: is it FER+?")
    return rows


def _counts(path: Path, number: int, row: dict[str, str]) -> list[int]:
    """Votes of one row; raises TrainingDataError where one is no number of people."""
    found = []
    for name in VOTED:
        said = (row[name] or "").strip()
        if not (said.isascii() and said.isdigit()):
            raise TrainingDataError(
                f"{path}, line {number + 2}: {name} is {said!r}, but must be a number of votes"
            )
        found.append(int(said))
    return found
