"""What the speed benchmark measured, kept beside the code for the card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SHIPPED = "int8, Mish as x·σ(1.2626x + 0.5739)"
AS_EXPORTED = "float32, Mish as softplus, tanh, product"
INT8_AS_EXPORTED = "int8, Mish as softplus, tanh, product"
FILE = Path(__file__).with_name("timings.json")


@dataclass(frozen=True)
class Timing:
    """One network's milliseconds a face and its file's size."""

    name: str
    minimum_ms: float
    median_ms: float
    megabytes: float


@dataclass(frozen=True)
class Timings:
    """One run of the benchmark; its first row is what the others are compared with."""

    size_px: int
    threads: int
    rounds: int
    rows: Sequence[Timing]

    def times(self, slow: str, fast: str) -> float:
        """How many times as long one network takes as another, by their medians."""
        median_ms = {row.name: row.median_ms for row in self.rows}
        return median_ms[slow] / median_ms[fast]

    def table(self) -> str:
        """Markdown; the ratios are of medians."""
        first = self.rows[0]
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        lines = [
            f"| {self.size_px} px, {threads} | minimum ms | median ms | × {first.name} | MB |",
            "|---|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {row.name} | {row.minimum_ms:.1f} | {row.median_ms:.1f}"
            f" | {row.median_ms / first.median_ms:.2f} | {row.megabytes:.1f} |"
            for row in self.rows
        ]
        return "\n".join(lines)


def write(runs: Sequence[Timings]) -> None:
    """Keep the figures in FILE."""
    text = json.dumps([asdict(run) for run in runs], indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")


def read() -> list[Timings]:
    """What FILE holds; raises FileNotFoundError before the first recorded run."""
    runs = json.loads(FILE.read_text(encoding="utf-8"))
    return [Timings(**run | {"rows": [Timing(**row) for row in run["rows"]]}) for run in runs]
