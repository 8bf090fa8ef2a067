"""LIRIS-ACCEDE (Baveye et al. 2015): film excerpts with their valence and arousal, as published.

Found by their names anywhere below the folder, as the archives unpack them: `ACCEDEranking.txt`,
`ACCEDEsets.txt`, the two tables of features and, where somebody has them, `ACCEDE*.mp4`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.commands import TrainingDataError

TEST, LEARN, VALIDATION = 0, 1, 2
"""Numbers of the official sets in `ACCEDEsets.txt`."""

LOWEST, HIGHEST = 1.0, 5.0
PAPER_SHARE = 0.75
"""7,350 of 9,800 excerpts train in the multimodal paper, the others validate."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Accede:
    """Names [N] of the excerpts, (valence, arousal) [N, 2] of 1…5, official set [N]."""

    folder: Path
    names: tuple[str, ...]
    affect: Floats
    sets: Ints

    def __len__(self) -> int:
        return len(self.names)

    def split(self, which: str) -> tuple[Ints, Ints, Ints]:
        """Rows to learn from, to choose the epoch by, to test on. `official`: the three sets;
        `paper`: three quarters and the rest, which serves as both, drawn by a fixed seed, for the
        paper names no list."""
        if which == "official":
            learn, validation, test = (
                np.flatnonzero(self.sets == each) for each in (LEARN, VALIDATION, TEST)
            )
            return learn, validation, test
        order = np.random.default_rng(0).permutation(len(self))
        count = round(PAPER_SHARE * len(self))
        rest = np.sort(order[count:])
        return np.sort(order[:count]), rest, rest


def load(folder: Path) -> Accede:
    """Read ranking and sets; raises TrainingDataError naming what is missing or does not fit."""
    ranking = _table(folder, "ACCEDEranking.txt", ("name", "valenceValue", "arousalValue"))
    sets = _table(folder, "ACCEDEsets.txt", ("name", "set"))
    if [row["name"] for row in ranking] != [row["name"] for row in sets]:
        raise TrainingDataError(f"{folder}: ranking and sets differ: unpack both again")
    values = [_numbers(ranking, name, folder) for name in ("valenceValue", "arousalValue")]
    return Accede(
        folder,
        tuple(row["name"] for row in ranking),
        np.stack(values, axis=1),
        _numbers(sets, "set", folder).astype(np.int64),
    )


def features(accede: Accede) -> dict[str, Floats]:
    """The published features of each excerpt by name, those for valence and for arousal alike."""
    found: dict[str, Floats] = {}
    for kind in ("Valence", "Arousal"):
        rows = _table(accede.folder, f"ACCEDEfeatures{kind}_TAC2015.txt", ("id", "name"))
        if tuple(row["name"] for row in rows) != accede.names:
            raise TrainingDataError(
                f"{accede.folder}: the features of {kind.lower()} are of other excerpts"
            )
        for name in rows[0]:
            if name not in ("id", "name"):
                found[name] = _numbers(rows, name, accede.folder)
    return found


def films(accede: Accede) -> tuple[Path, ...]:
    """The excerpts' files in their order; raises TrainingDataError where some are missing."""
    there = {path.name: path for path in accede.folder.rglob("*.mp4")}
    missing = [name for name in accede.names if name not in there]
    if missing:
        raise TrainingDataError(
            f"{accede.folder} lacks {len(missing)} of {len(accede)} films ({missing[0]}, ...):"
            " their owners hand them out, see the data set's page"
        )
    return tuple(there[name] for name in accede.names)


def _table(folder: Path, name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    path = next(iter(sorted(folder.rglob(name))), None)
    if path is None:
        raise TrainingDataError(f"there is no {name} in {folder}: unpack LIRIS-ACCEDE there")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if not rows or not set(columns) <= set(rows[0]):
        raise TrainingDataError(f"{path} needs rows with the columns {', '.join(columns)}")
    return rows


def _numbers(rows: list[dict[str, str]], column: str, folder: Path) -> Floats:
    try:
        return np.array([float(row[column]) for row in rows])
    except (TypeError, ValueError) as exc:
        raise TrainingDataError(f"{folder}: {column} holds something that is no number") from exc
