"""Writes the comparison of policies into README.md: `python -m models.learning.report --help`.

Table, figure and sentences come from the stored results alone; the same results give the same page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from models import commands
from models.generated import GeneratedPart
from models.learning import results
from models.learning.results import Outcome, names

README = GeneratedPart(Path(__file__).parents[2] / "README.md", "policies")
OURS = "ours"


def page(outcomes: Sequence[Outcome]) -> str:
    """The generated part of README.md."""
    first = outcomes[0]
    twenty = [replace(each, seeds=each.seeds[:20], regrets=each.regrets[:20]) for each in outcomes]
    parts = [
        f"Mean regret over seeds {first.seeds[0]}–{first.seeds[-1]}, each with"
        f" {first.visits[-1]:,} visits (satisfied visitors lost against the best clip that can be"
        " known), with its 95 % interval by bootstrap; the least is bold:",
        "",
        results.table(outcomes),
        "",
        f"Ours against the best of the others: {verdict(outcomes)}.",
        "",
        f"Of the first 20 seeds alone, too few to tell some policies apart: {verdict(twenty)}.",
        "",
        "![Mean regret over visits](models/learning/regret.png)",
    ]
    return "\n".join(parts)


def verdict(outcomes: Sequence[Outcome]) -> str:
    """How ours stands in each world: the first, or so far above the best."""
    said = []
    for world in names(outcomes, "world"):
        here = {each.policy: each.mean for each in outcomes if each.world == world}
        ours = here.pop(OURS)
        rival = min(here, key=lambda policy: here[policy])
        off = ours / here[rival] - 1
        where = "under" if off < 0 else "above"
        said.append(f"{world}: {abs(off):.0%} {where} {rival}")
    return "; ".join(said)


def main(words: Sequence[str] | None = None) -> None:
    """Entry of `python -m models.learning.report`."""
    parser = argparse.ArgumentParser(
        prog="python -m models.learning.report", description=(__doc__ or "").splitlines()[0]
    )
    parser.parse_args(words)
    outcomes = results.read()
    from models.learning import figure

    figure.draw(outcomes, figure.STORED)
    README.write(page(outcomes))
    print(f"wrote {README.page} and {figure.STORED}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
