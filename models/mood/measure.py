"""How well moods and affect were told: exact, within the neighbouring mood, Pearson's r."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.mood import moods

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class MoodFigures:
    """Shares in 0…1; `confusion[i][j]`: pictures of mood i taken for j; correlations in −1…1."""

    pictures: int
    exact: float
    within_neighbour: float
    """The mood itself or one of the two beside it: by chance 3/8."""
    r_valence: float
    r_arousal: float
    confusion: list[list[int]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def points(probabilities: Floats) -> Floats:
    """Expected (valence, arousal) [N, 2] under probabilities [N, 8], within the unit circle."""
    return np.asarray(probabilities @ moods.centres())


def figures(taken: Ints, told: Floats, labels: Ints, ratings: Floats) -> MoodFigures:
    """Of moods taken [N] and (valence, arousal) told [N, 2] against labels [N] and ratings [N, 2].

    A constant answer has no correlation: its r is 0.
    """
    counts = np.zeros((len(moods.MOODS),) * 2, np.int64)
    np.add.at(counts, (labels, taken), 1)
    near = moods.steps_apart(taken, labels) <= 1
    return MoodFigures(
        pictures=len(labels),
        exact=float(np.mean(taken == labels)),
        within_neighbour=float(np.mean(near)),
        r_valence=pearson(told[:, 0], ratings[:, 0]),
        r_arousal=pearson(told[:, 1], ratings[:, 1]),
        confusion=counts.tolist(),
    )


def pearson(one: Floats, other: Floats) -> float:
    """Pearson's correlation; 0 where one of the two does not vary."""
    if one.std() == 0.0 or other.std() == 0.0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
