"""What may be claimed: an order only where intervals part, a gain only where folds agree."""

from __future__ import annotations

from collections.abc import Sequence

from models.comparisons import paper
from models.comparisons.paper import BEST_FIVE, LOSSES, SINGLE
from models.comparisons.results import Result, by_name, cells_of, gains
from models.comparisons.tables import ACTIVATIONS, BASE
from models.intervals import part

CAUTION = (
    "Among ten such intervals, chance alone leaves zero out of one or more of them two times in"
    " five."
)
"""1 − 0.95¹⁰ = 0.40."""


def activation(results: Sequence[Result]) -> str:
    """Which activation beats which, said only where the intervals part."""
    lines = []
    for architecture in paper.ACCURACY:
        found = {name: cells_of(results, architecture, name)[:1] for name in ACTIVATIONS}
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


def balance(results: Sequence[Result]) -> str:
    """Whether the paper's gain in F1 is there, fold by fold."""
    groups = by_name(results)
    found = gains(groups.get(f"{BASE}-focal-none", []), groups.get(f"proposed-{BASE}", []))
    if found is None:
        return "The baseline or the proposed way has not been run yet."
    printed = paper.STEPS["proposed"][1] / paper.STEPS["baseline"][1] - 1.0
    low, high = found.interval
    there = "is there" if low > 0.0 else "cannot be told from nothing"
    return (
        f"The proposed way's gain in macro-F1 over the baseline, fold by fold:"
        f" {found.mean:+.0%} ± {found.deviation:.0%} over {found.count} folds (95 % interval"
        f" {low:+.0%} to {high:+.0%}; the paper: {printed:+.0%}). At this budget a gain {there}."
    )


def singles(results: Sequence[Result]) -> str:
    """Which transforms alone are best here, beside the paper's five, and which gain is certain."""
    groups = by_name(results)
    lines, certain = [], False
    for loss in LOSSES:
        before = groups.get(f"{BASE}-{loss}-none", [])
        against = {name: gains(before, groups.get(f"{BASE}-{loss}-{name}", [])) for name in SINGLE}
        known = {name: found for name, found in against.items() if found is not None}
        if len(known) < len(SINGLE):
            continue
        best = sorted(known, key=lambda name: -known[name].mean)[: len(BEST_FIVE)]
        named = ", ".join(f"{name} {round(known[name].mean, 2) + 0.0:+.0%}" for name in best)
        shared = len(set(best) & set(BEST_FIVE))
        surely = {
            "above": [name for name, found in known.items() if found.interval[0] > 0.0],
            "below": [name for name, found in known.items() if found.interval[1] < 0.0],
        }
        told = [
            f"{where} no transform: {', '.join(found)}" for where, found in surely.items() if found
        ]
        lines.append(
            f"- {loss}: best five here by macro-F1, fold by fold against none: {named}; {shared} of"
            f" them are of the paper's five. By their own 95 % intervals"
            f" {'; '.join(told) or 'none can be told from no transform'}."
        )
        certain = certain or bool(told)
    if certain:
        lines += ["", CAUTION]
    return "\n".join(lines)


def sizes(results: Sequence[Result]) -> str:
    """Whether a larger network does better in the proposed way, as in the paper."""
    groups = by_name(results)
    least, largest = paper.PROPOSED
    found = gains(groups.get(f"proposed-{least}", []), groups.get(f"proposed-{largest}", []))
    if found is None:
        return ""
    printed = paper.PROPOSED[largest][1] / paper.PROPOSED[least][1] - 1.0
    low, high = found.interval
    return (
        f"From {least} to {largest} macro-F1 changes by {found.mean:+.0%} ± {found.deviation:.0%},"
        f" fold by fold over {found.count} (95 % interval {low:+.0%} to {high:+.0%}; the paper,"
        f" with ImageNet weights: {printed:+.0%})."
    )
