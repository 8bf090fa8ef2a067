"""The comparisons as Markdown: our figures with intervals, the papers' beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.comparisons import paper
from models.comparisons.paper import BEST_FIVE, LOSSES, SINGLE
from models.comparisons.results import Result, Spread, by_name, cells_of, guessing, spread

ACTIVATIONS = ("ReLU", "Swish", "Mish")
BASE = "EfficientNet-B0"


def percent(share: float) -> str:
    """0.6321 → `63.2`."""
    return f"{100.0 * share:.1f}"


def budget(results: Sequence[Result]) -> str:
    """One sentence on pictures, size, epochs and seeds, from the cells themselves."""
    cells = [result.cell for result in results]

    def each(key: str) -> str:
        return ", ".join(str(value) for value in sorted({cell[key] for cell in cells}))

    trained = sorted({result.train_pictures for result in results})
    tested = sorted({result.test_pictures for result in results})
    minutes = sum(result.minutes for result in results)
    falls = any(cell.get("schedule") == "cosine" for cell in cells)
    falling = " at most, falling by half a cosine" if falls else ""
    weights = "ImageNet weights" if any(cell["weights"] for cell in cells) else "from scratch"
    return (
        f"{len(results)} cells, {weights}; {_range(trained)} training and {_range(tested)} test"
        f" pictures, {each('size_px')} px, {each('epochs')} epochs, batch {each('batch')}, Adam"
        f" at {each('lr')}{falling}, seed {each('seed')}; {minutes / 60.0:.1f} hours of one shared"
        " core without the tests."
    )


def _range(values: list[int]) -> str:
    return f"{values[0]:,}" if values[0] == values[-1] else f"{values[0]:,}–{values[-1]:,}"


def activation(results: Sequence[Result]) -> str:
    """Accuracy per cell with its 95 % interval, the founding paper's value in brackets."""
    lines = [
        "| accuracy in % [95 % interval] (paper) | " + " | ".join(ACTIVATIONS) + " |",
        "|---|" + "---|" * len(ACTIVATIONS),
    ]
    for architecture, printed in paper.ACCURACY.items():
        row = []
        for name in ACTIVATIONS:
            found = cells_of(results, architecture, name)
            row.append(f"{_shares(found)} ({printed[name]:.2f})" if found else "not run yet")
        lines.append(f"| {architecture} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def _shares(found: Sequence[Result]) -> str:
    low, high = found[0].interval
    if len(found) == 1:
        return f"**{percent(found[0].accuracy)}** [{percent(low)}–{percent(high)}]"
    over = spread(result.accuracy for result in found)
    return f"**{percent(over.mean)}** ± {percent(over.deviation)} over {over.count} seeds"


def confusion(result: Result) -> str:
    """Row-normalised confusion matrix in percent, the paper's diagonal beside it."""
    names = list(result.cell["classes"])
    counts = np.array(result.confusion, float)
    shares = 100.0 * counts / counts.sum(axis=1, keepdims=True)
    lines = [
        "| true \\ taken for, % | " + " | ".join(names) + " | paper's diagonal |",
        "|---|" + "---:|" * (len(names) + 1),
    ]
    for name, row in zip(names, shares, strict=True):
        cells = " | ".join(f"{value:.1f}" for value in row)
        lines.append(f"| {name} | {cells} | {paper.DIAGONAL[name]:.2f} |")
    return "\n".join(lines)


def _scores(found: Sequence[Result] | None) -> tuple[Spread, Spread] | None:
    if not found:
        return None
    return spread(r.accuracy for r in found), spread(r.macro_f1 for r in found)


def _pair(found: Sequence[Result] | None) -> str:
    scores = _scores(found)
    return f"{scores[0]} | {scores[1]}" if scores else "not run yet | "


def singles(results: Sequence[Result]) -> str:
    """Each transform alone under both losses: accuracy and macro-F1, mean ± deviation of folds."""
    groups = by_name(results)
    lines = []
    architectures = sorted(
        {r.cell["architecture"] for r in results if "proposed" not in r.cell["name"]}
    )
    for architecture in architectures:
        lines += [
            f"| {architecture}, alone on every picture | accuracy, cross entropy | macro-F1"
            " | accuracy, focal | macro-F1 |",
            "|---|---|---|---|---|",
        ]
        for transform in ("none", *SINGLE):
            cells = [_pair(groups.get(f"{architecture}-{loss}-{transform}")) for loss in LOSSES]
            mark = " (paper's five)" if transform in BEST_FIVE else ""
            lines.append(f"| {transform}{mark} | {cells[0]} | {cells[1]} |")
        printed = [
            f"{share / 100:.3f} | {f1:.3f}"
            for share, f1 in (paper.NO_AUGMENTATION[architecture, loss] for loss in LOSSES)
        ]
        lines += [f"| none, in the paper | {' | '.join(printed)} |", ""]
    return "\n".join(lines)


def steps(results: Sequence[Result]) -> str:
    """Baseline, over-sampling, all transforms, proposed; ours and the paper's."""
    groups = by_name(results)
    rows = {
        "baseline": f"{BASE}-focal-none",
        "over-sampling": "over-sampling",
        "all-transforms": "all-transforms",
        "proposed": f"proposed-{BASE}",
    }
    lines = [
        f"| {BASE}, focal loss | accuracy | macro-F1 | paper: accuracy | paper: macro-F1 |",
        "|---|---|---|---:|---:|",
    ]
    if before := groups.get(rows["baseline"]):
        # The least that the grid's figures must be read against: accuracy without learning.
        lines.append(
            f"| always the most frequent | {_pair([guessing(r) for r in before])} | – | – |"
        )
    for name, group in rows.items():
        accuracy, f1 = paper.STEPS[name]
        lines.append(f"| {name} | {_pair(groups.get(group))} | {accuracy / 100:.3f} | {f1:.3f} |")
    return "\n".join(lines)


def sizes(results: Sequence[Result]) -> str:
    """The proposed way for B0…B5: scores, parameters, operations."""
    groups = by_name(results)
    lines = [
        "| proposed way | accuracy | macro-F1 | parameters | FLOPs a picture | paper: accuracy"
        " | paper: macro-F1 |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for number in range(6):
        name = f"EfficientNet-B{number}"
        found = groups.get(f"proposed-{name}")
        cost = (
            f"{found[0].parameters / 1e6:.1f} M | {found[0].flops / 1e6:.0f} M" if found else " | "
        )
        share, f1 = paper.PROPOSED.get(name, (None, None))
        printed = f"{share / 100:.3f} | {f1:.3f}" if share else "– | –"
        lines.append(f"| {name} | {_pair(found)} | {cost} | {printed} |")
    return "\n".join(lines)
