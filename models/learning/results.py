"""What a simulation found: kept as JSON, told as a table."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.errors import ApplianceError

STORED = Path(__file__).with_name("results.json")
Z_95 = 1.959964
DRAWS = 2000
"""Of the bootstrap of a mean."""


@dataclass(frozen=True)
class Outcome:
    """One policy in one world."""

    world: str
    policy: str
    seeds: list[int]
    regrets: list[float]
    """At the end, one for each seed."""
    visits: list[int]
    curve: list[float]
    """Mean regret after each of ``visits``."""
    duration_s: float

    @staticmethod
    def of(
        world: str,
        policy: str,
        seeds: list[int],
        regret: NDArray[np.float64],
        points: int,
        duration_s: float,
    ) -> Outcome:
        """``regret``: of each visit, shape (seeds, visits)."""
        total = np.cumsum(regret, axis=1)
        ends = np.unique(np.linspace(1, regret.shape[1], min(points, regret.shape[1])).astype(int))
        return Outcome(
            world,
            policy,
            seeds,
            [round(float(each), 1) for each in total[:, -1]],
            ends.tolist(),
            [round(float(each), 1) for each in total[:, ends - 1].mean(axis=0)],
            round(duration_s, 1),
        )

    @property
    def mean(self) -> float:
        return float(np.mean(self.regrets))

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the mean over seeds, by bootstrap: regrets of greedy policies are very skewed."""
        rng = np.random.default_rng(0)
        means = rng.choice(self.regrets, (DRAWS, len(self.regrets))).mean(axis=1)
        low, high = np.quantile(means, (0.025, 0.975))
        return float(low), float(high)


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    text = json.dumps([asdict(each) for each in outcomes], separators=(",", ":"))
    # One line for each outcome, so that a change can be read.
    path.write_text(text.replace('},{"world"', '},\n{"world"') + "\n", encoding="utf-8")


def read(path: Path = STORED) -> list[Outcome]:
    """Raises ApplianceError where the file is missing or is no result of a simulation."""
    try:
        return [Outcome(**each) for each in json.loads(path.read_text(encoding="utf-8"))]
    except FileNotFoundError as exc:
        raise ApplianceError(
            f"{path} is missing; make it with 'python -m models.learning.simulate --output {path}'"
        ) from exc
    except (TypeError, ValueError) as exc:
        raise ApplianceError(f"{path} holds no results of a simulation: {exc}") from exc


def names(outcomes: Sequence[Outcome], of: str) -> list[str]:
    """Worlds or policies, in the order in which they come."""
    return list(dict.fromkeys(getattr(each, of) for each in outcomes))


def table(outcomes: Sequence[Outcome]) -> str:
    """Markdown: mean regret with its interval; the least of each world is bold."""
    worlds = names(outcomes, "world")
    found = {(each.world, each.policy): each for each in outcomes}
    least = {world: min(e.mean for e in outcomes if e.world == world) for world in worlds}
    lines = [
        "| mean regret (95 % interval) | " + " | ".join(worlds) + " |",
        "|---|" + "---|" * len(worlds),
    ]
    for policy in names(outcomes, "policy"):
        cells = []
        for world in worlds:
            outcome = found[world, policy]
            low, high = outcome.interval
            is_least = math.isclose(outcome.mean, least[world])
            mean = f"**{outcome.mean:,.0f}**" if is_least else f"{outcome.mean:,.0f}"
            cells.append(f"{mean} ({low:,.0f}–{high:,.0f})")
        lines.append(f"| {policy} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
