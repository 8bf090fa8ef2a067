"""Results of cells: gathered from a run's folder into one small file, read back for the report."""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from models.commands import TrainingDataError
from models.intervals import CONFIDENCE, wilson

RESULTS = Path(__file__).parent / "results"
COMPARISONS = ("activation", "balance")
SHIPPED_NAME = "shipped"
"""What the unit's own network is called among the cells that are timed."""


@dataclass(frozen=True)
class Result:
    """One trained cell; `confusion[i][j]`: test pictures of true class i taken for j."""

    cell: dict[str, Any]
    train_pictures: int
    test_pictures: int
    confusion: list[list[int]]
    minutes: float
    parameters: int
    flops: int

    @property
    def accuracy(self) -> float:
        """Share right."""
        return float(np.trace(np.array(self.confusion)) / self.test_pictures)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy."""
        return wilson(int(np.trace(np.array(self.confusion))), self.test_pictures)

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that the test has; 0 for a class never answered rightly."""
        counts = np.array(self.confusion, float)
        present = counts.sum(axis=1) > 0
        right, total = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
        return float(np.mean(2.0 * right[present] / total[present]))


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n − 1) over folds or seeds."""

    mean: float
    deviation: float
    count: int

    def __str__(self) -> str:
        if self.count < 2:
            return f"{self.mean:.3f} (one only)"
        return f"{self.mean:.3f} ± {self.deviation:.3f}"

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean by Student's t; without end for a single value."""
        if self.count < 2:
            return -math.inf, math.inf
        reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, self.count - 1))
        reach *= self.deviation / math.sqrt(self.count)
        return self.mean - reach, self.mean + reach


def spread(values: Iterable[float]) -> Spread:
    """Mean and deviation; the deviation of one value is 0."""
    listed = list(values)
    deviation = statistics.stdev(listed) if len(listed) > 1 else 0.0
    return Spread(statistics.fmean(listed), deviation, len(listed))


def gather(runs: Path) -> dict[str, int]:
    """Write every finished cell of `runs/<comparison>` into RESULTS; returns how many of each.

    Raises TrainingDataError when there is none at all.
    """
    RESULTS.mkdir(exist_ok=True)
    counts = {}
    for name in COMPARISONS:
        found = [json.loads(path.read_text()) for path in sorted((runs / name).glob("*.json"))]
        if found:
            lines = ",\n".join(json.dumps(one) for one in found)
            (RESULTS / f"{name}.json").write_text(f"[\n{lines}\n]\n")
        counts[name] = len(found)
    if not any(counts.values()):
        raise TrainingDataError(f"no finished cells under {runs}: name the --out of a grid")
    return counts


def read(name: str) -> list[Result]:
    """The gathered results of a comparison; none when it was never gathered."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return []
    fields = Result.__dataclass_fields__
    return [
        Result(**{key: value for key, value in one.items() if key in fields})
        for one in json.loads(path.read_text())
    ]


def by_name(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Results of one setting together, whatever their fold: name without `-fold<n>`."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[str(result.cell["name"]).rpartition("-fold")[0]].append(result)
    return dict(groups)


def cells_of(results: Sequence[Result], architecture: str, activation: str) -> list[Result]:
    """The activation grid's cells of one setting, whatever their seed."""
    wanted = {"architecture": architecture, "activation": activation}
    return [result for result in results if wanted.items() <= result.cell.items()]


def gains(before: Sequence[Result], after: Sequence[Result]) -> Spread | None:
    """Relative gain in macro-F1 from `before` to `after`, fold by fold; None without a fold that
    both have."""
    folds = {fold_of(result): result.macro_f1 for result in before}
    pairs = [(folds[fold_of(r)], r.macro_f1) for r in after if fold_of(r) in folds]
    return spread(better / base - 1.0 for base, better in pairs) if pairs else None


def fold_of(result: Result) -> str:
    """`fold2` out of the cell's name."""
    return str(result.cell["name"]).rpartition("-")[2]


def guessing(result: Result) -> Result:
    """The same test answered with its most frequent class throughout."""
    totals = np.array(result.confusion).sum(axis=1)
    counts = np.zeros_like(np.array(result.confusion))
    counts[:, totals.argmax()] = totals
    return replace(result, confusion=counts.tolist())
