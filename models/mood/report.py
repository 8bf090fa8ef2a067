"""Writes what was measured of the networks of moods into models/README.md:
`python -m models.mood.report`.

Everything comes from `results`; folds of the paper's network that are not done yet are not told of.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from pathlib import Path
from typing import Any

from models import commands
from models.generated import GeneratedPart
from models.mood.moods import MOODS
from models.mood.paper_network import PARAMETERS

README = GeneratedPart(Path(__file__).parents[1] / "README.md", "moods")
RESULTS = Path(__file__).parent / "results"
PAPER_EXACT = "72.4 % on its own pictures, 64 % on ordinary ones"


def page(ours: dict[str, Any], paper: dict[str, Any] | None) -> str:
    """The generated part."""
    crossed, held, run = ours["cross_validation"], ours["held_out_fifth"], ours["distillation"]
    counts = ours["counts"]
    total, most = sum(counts.values()), max(counts, key=lambda mood: counts[mood])
    near = sum(counts[MOODS[(list(counts).index(most) + step) % 8].value] for step in (-1, 0, 1))
    rows = [
        ("always the most frequent mood", "–", counts[most] / total, near / total, None, None),
        _row(_paper_name(paper), f"{PARAMETERS:,}", paper),
        _row("ours, ten folds", f"{run['parameters']:,}", crossed),
        _row(f"ours, held-out fifth ({held['pictures']})", f"{run['parameters']:,}", held),
    ]
    lines = [
        f"The {total} photographs fall into the eight sectors around the middle of their own"
        f" ratings, each axis standardised: {', '.join(f'{k} {v}' for k, v in counts.items())}.",
        "",
        "| | parameters | exact | within the neighbouring mood | r valence | r arousal |",
        "|---|---:|---:|---:|---:|---:|",
        *(_line(*row) for row in rows),
        "",
        f"The paper states {PAPER_EXACT}. One picture takes"
        f" {ours['processor_milliseconds']:.1f} ms of processor time with ours (made small, told"
        f" with its mirror image) and {ours['paper_processor_milliseconds']:.1f} ms with the"
        " paper's network alone, both shared by two threads."
        f" The file has {ours['megabytes']} MB (weights in half precision;"
        f" the answers differ from PyTorch's by at most {ours['largest_difference_to_torch']}"
        " deviations).",
        "",
        f"The student saw {run['epochs']} rounds of views in {run['minutes']:.0f} minutes of one"
        f" shared core; what is left of the squared error of the 64 directions is"
        f" {run['loss']:.2f}. The head has {ours['head']['vectors']} vectors"
        f" (C = {ours['head']['cost']:g}, width {ours['head']['width']:g}/64).",
        "",
        "Ours in the ten folds, in % of each true mood; bold: the mood itself and its neighbours:",
        "",
        *_confusion(crossed["confusion"]),
    ]
    if paper is not None:
        shares = [count / total for count in counts.values()]
        chance = -sum(share * math.log(share) for share in shares)
        lines += [
            "",
            f"The paper's network, trained for {paper['budget']['epochs']} epochs a fold in"
            f" {paper['minutes']:.0f} minutes of one shared core: its cross entropy in training"
            f" ends at {paper['last_loss']:.3f}, where guessing by the moods' frequencies has"
            f" {chance:.3f}.",
            "",
            *_confusion(paper["confusion"]),
        ]
    return "\n".join(lines)


def _paper_name(paper: dict[str, Any] | None) -> str:
    if paper is None:
        return "the paper's network"
    done, folds = len(paper["exact_of_folds"]), paper["budget"]["folds"]
    which = "ten folds" if done == folds else f"{done} of {folds} folds so far"
    return f"the paper's network, {which}"


def _row(name: str, parameters: str, found: dict[str, Any] | None) -> tuple[Any, ...]:
    names = ("exact", "within_neighbour", "r_valence", "r_arousal")
    return (name, parameters, *(None if found is None else found[each] for each in names))


def _line(name: str, parameters: str, *values: float | None) -> str:
    exact, near, *correlations = values
    shares = [f"{v:.1%}" if v is not None else "not run yet" for v in (exact, near)]
    cells = [*shares, *(f"{v:.2f}" if v is not None else "–" for v in correlations)]
    return f"| {name} | {parameters} | {' | '.join(cells)} |"


def _confusion(counts: list[list[int]]) -> list[str]:
    names = [mood.value for mood in MOODS]
    lines = [f"| true \\ taken for | {' | '.join(names)} |", "|---|" + "---:|" * len(names)]
    for row, (name, taken) in enumerate(zip(names, counts, strict=True)):
        cells = []
        for column, count in enumerate(taken):
            share = f"{100 * count / max(1, sum(taken)):.0f}"
            is_near = min((row - column) % 8, (column - row) % 8) <= 1
            cells.append(f"**{share}**" if is_near else share)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _read(name: str) -> dict[str, Any] | None:
    path = RESULTS / name
    return json.loads(path.read_text()) if path.exists() else None


def main() -> None:
    """Entry of `python -m models.mood.report`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--paper", type=Path, help="paper.json of models.mood.cross_validation, to be kept here"
    )
    given = parser.parse_args()
    if given.paper is not None:
        shutil.copyfile(given.paper, RESULTS / "paper.json")
    ours = _read("student.json")
    if ours is None:
        raise commands.TrainingDataError(f"{RESULTS} holds no student.json: ship a network first")
    README.write(page(ours, _read("paper.json")))


if __name__ == "__main__":
    sys.exit(commands.run(main))
