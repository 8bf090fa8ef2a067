"""The comparisons as Markdown: our figures with intervals, the papers' beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.comparisons import paper
from models.comparisons.paper import BEST_FIVE, SINGLE
from models.comparisons.results import Result, Spread, by_name, spread
from models.intervals import part

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
            found = _cells(results, architecture, name)
            row.append(f"{_shares(found)} ({printed[name]:.2f})" if found else "not run yet")
        lines.append(f"| {architecture} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def _cells(results: Sequence[Result], architecture: str, name: str) -> list[Result]:
    wanted = {"architecture": architecture, "activation": name}
    return [r for r in results if wanted.items() <= r.cell.items()]


def _shares(found: Sequence[Result]) -> str:
    low, high = found[0].interval
    if len(found) == 1:
        return f"**{percent(found[0].accuracy)}** [{percent(low)}–{percent(high)}]"
    over = spread(result.accuracy for result in found)
    return f"**{percent(over.mean)}** ± {percent(over.deviation)} over {over.count} seeds"


def activation_claims(results: Sequence[Result]) -> str:
    """Which activation beats which, said only where the intervals part."""
    lines = []
    for architecture in paper.ACCURACY:
        found = {name: _cells(results, architecture, name)[:1] for name in ACTIVATIONS}
        known = {name: cells[0] for name, cells in found.items() if cells}
        if len(known) < 2:
            continue
        order = sorted(known, key=lambda name: -known[name].accuracy)
        claims = [
            f"{better} above {worse}"
            for number, better in enumerate(order)
            for worse in order[number + 1 :]
            if part(known[better].interval, known[worse].interval)
        ]
        said = ", ".join(claims) if claims else "no order: all intervals overlap"
        lines.append(f"- {architecture}: {said}.")
    return "\n".join(lines)


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
            cells = [
                _pair(groups.get(f"{architecture}-{loss}-{transform}"))
                for loss in ("cross-entropy", "focal")
            ]
            mark = " (paper's five)" if transform in BEST_FIVE else ""
            lines.append(f"| {transform}{mark} | {cells[0]} | {cells[1]} |")
        lines.append("")
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
    for name, group in rows.items():
        accuracy, f1 = paper.STEPS[name]
        lines.append(f"| {name} | {_pair(groups.get(group))} | {accuracy / 100:.3f} | {f1:.3f} |")
    return "\n".join(lines)


def sizes(results: Sequence[Result]) -> str:
    """The proposed way for B0…B5: scores, parameters, operations."""
    groups = by_name(results)
    lines = [
        "| proposed way | accuracy | macro-F1 | parameters | FLOPs a picture |",
        "|---|---|---|---:|---:|",
    ]
    for number in range(6):
        name = f"EfficientNet-B{number}"
        found = groups.get(f"proposed-{name}")
        cost = (
            f"{found[0].parameters / 1e6:.1f} M | {found[0].flops / 1e6:.0f} M" if found else " | "
        )
        lines.append(f"| {name} | {_pair(found)} | {cost} |")
    return "\n".join(lines)


def balance_claim(results: Sequence[Result]) -> str:
    """Whether the paper's gain in F1 is there, fold by fold."""
    groups = by_name(results)
    before, after = groups.get(f"{BASE}-focal-none"), groups.get(f"proposed-{BASE}")
    if not before or not after:
        return "The baseline or the proposed way has not been run yet."
    folds = {r.cell["name"].rpartition("-")[2]: r for r in before}
    gains = spread(
        r.macro_f1 / folds[fold].macro_f1 - 1.0
        for r in after
        if (fold := r.cell["name"].rpartition("-")[2]) in folds
    )
    printed = paper.STEPS["proposed"][1] / paper.STEPS["baseline"][1] - 1.0
    low, high = gains.interval
    there = "is there" if low > 0.0 else "cannot be told from nothing"
    return (
        f"The proposed way's gain in macro-F1 over the baseline, fold by fold:"
        f" {gains.mean:+.0%} ± {gains.deviation:.0%} over {gains.count} folds (95 % interval"
        f" {low:+.0%} to {high:+.0%}; the paper: {printed:+.0%}). At this budget a gain {there}."
    )
