"""The pictures of both comparisons: which are trained on, which are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from models.commands import TrainingDataError
from models.emotion import dataset
from models.emotion.labels import LABELS

THREE = ("happiness", "neutral", "sadness")
N_MIN_SHARE = 1500 / 28000
"""The imbalance paper fills classes up to 1,500 of its about 28,000 pictures; kept as a share, so
that it means the same with fewer pictures."""

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Fold:
    """Grey faces [N, S, S] uint8 and labels [N] (indices into the cell's classes).

    `is_copy[i]`: training picture i was added by over-sampling.
    """

    train_pictures: Pictures
    train_labels: Labels
    is_copy: Flags
    test: Pictures
    test_labels: Labels


def three_classes(parts: dict[str, dataset.Faces], count: int | None, seed: int) -> Fold:
    """FER2013's happiness/neutral/sadness: `count` training pictures in equal parts (None: all).

    Tested on all such pictures of FER2013's public test. Raises TrainingDataError when there
    are fewer.
    """
    rng = np.random.default_rng(seed)
    train, test = parts["fer-train"], parts["fer-validation"]
    rows, test_rows = [], []
    for name in THREE:
        here = np.flatnonzero(train.labels == LABELS.index(name))
        wanted = len(here) if count is None else count // len(THREE)
        if wanted > len(here):
            raise TrainingDataError(
                f"FER2013 has {len(here)} training pictures of {name}, not {wanted}"
            )
        rows.append(rng.permutation(here)[:wanted])
        test_rows.append(np.flatnonzero(test.labels == LABELS.index(name)))
    labels, test_labels = (
        np.concatenate([np.full(len(part), number) for number, part in enumerate(each)])
        for each in (rows, test_rows)
    )
    chosen, tested = np.concatenate(rows), np.concatenate(test_rows)
    no_copy = np.zeros(len(chosen), bool)
    return Fold(train.pictures[chosen], labels, no_copy, test.pictures[tested], test_labels)


@dataclass(frozen=True)
class Unbalanced:
    """The expression photographs, thinned out evenly: faces, labels [N] of seven, persons [N]."""

    pictures: Pictures
    labels: Labels
    persons: npt.NDArray[np.str_]

    @property
    def counts(self) -> dict[str, int]:
        """Pictures per emotion."""
        found = np.bincount(self.labels, minlength=len(LABELS))
        return {name: int(count) for name, count in zip(LABELS, found, strict=True)}


def unbalanced(
    parts: dict[str, dataset.Faces], photos: Path, count: int | None, seed: int, folds: int
) -> Unbalanced:
    """`count` photographs that keep the imbalance (None: all); every class keeps one a fold."""
    names = [
        path.name for held_out in (False, True) for path, _ in dataset.walk_photos(photos, held_out)
    ]
    pictures, labels = (
        np.concatenate([getattr(parts[f"photos-{side}"], field) for side in ("train", "held-out")])
        for field in ("pictures", "labels")
    )
    rng = np.random.default_rng(seed)
    rows: list[Any] = []
    for number in range(len(LABELS)):
        here = np.flatnonzero(labels == number)
        wanted = len(here) if count is None else max(folds, round(len(here) * count / len(labels)))
        rows.append(rng.permutation(here)[:wanted])
    chosen = np.concatenate(rows)
    persons = np.array([dataset.person_of(names[row]) for row in chosen])
    return Unbalanced(pictures[chosen], labels[chosen], persons)


def over_sampled(labels: Labels, n_min: int, seed: int) -> tuple[Labels, Flags]:
    """Rows that fill every smaller class up to `n_min` with drawn copies, and which are copies."""
    rng = np.random.default_rng(seed)
    rows = [np.arange(len(labels))]
    for number in np.unique(labels):
        here = np.flatnonzero(labels == number)
        rows.append(rng.choice(here, max(0, n_min - len(here))))
    joined = np.concatenate(rows)
    return joined, np.arange(len(joined)) >= len(labels)


def folds_of(data: Unbalanced, folds: int, seed: int, fills_up: bool) -> list[Fold]:
    """Folds by person and class; with `fills_up` the training side is over-sampled to N_min."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    found = []
    for train, test in splitter.split(data.pictures, data.labels, data.persons):
        rows, is_copy = np.arange(len(train)), np.zeros(len(train), bool)
        if fills_up:
            n_min = round(N_MIN_SHARE * len(data.labels))
            rows, is_copy = over_sampled(data.labels[train], n_min, seed)
        chosen = train[rows]
        found.append(
            Fold(
                data.pictures[chosen],
                data.labels[chosen],
                is_copy,
                data.pictures[test],
                data.labels[test],
            )
        )
    return found
