"""Compares policies in simulated places: `python -m models.learning.simulate --help`.

Regret is counted against the best clip that can be known: the one with the highest chance to be
liked, given the reading. Every policy meets the same visitors, readings, luck and answers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from appliance.errors import ApplianceError
from models import commands
from models.learning import results
from models.learning.ours import Ours
from models.learning.results import Outcome
from models.learning.rivals import (
    CellThompson,
    EpsilonGreedy,
    LinTS,
    LinUCB,
    MostLiked,
    Policy,
    Random,
)
from models.learning.worlds import DEFAULT_WORLDS, Floats, Places, World, places_of, read_worlds

Maker = Callable[[Places, np.random.Generator], Policy]

POLICIES: dict[str, Maker] = {
    "random": Random,
    "most liked first": MostLiked,
    "epsilon-greedy": EpsilonGreedy,
    "Thompson per cell": CellThompson,
    "LinUCB": LinUCB,
    "LinTS": LinTS,
    "ours": Ours,
}
LIBRARY = ("MABWiser LinUCB", "MABWiser LinTS")
"""The library itself, for ``--library``: 200 times slower, and as good as its twins above."""

POINTS = 100
"""Of a curve of regret over visits."""
TOLD_EVERY = 200
"""Visits between two reports of progress."""


def maker_of(name: str) -> Maker:
    """Raises ApplianceError where the library is wanted and not there."""
    if name in POLICIES:
        return POLICIES[name]
    try:
        from models.learning import mabwiser_rivals
    except ModuleNotFoundError as exc:
        raise ApplianceError(
            f"the library is not installed ({exc.name}): pip install -e '.[simulation]'"
        ) from exc
    return {LIBRARY[0]: mabwiser_rivals.lin_ucb, LIBRARY[1]: mabwiser_rivals.lin_ts}[name]


def run(
    world: World, name: str, seeds: list[int], told: Callable[[int], None] = lambda visits: None
) -> Outcome:
    """One policy in one world, in the places of all seeds side by side."""
    places = places_of(world, seeds)
    # Of the first seed and the policy's name, so that it does not matter what else is compared.
    rng = np.random.default_rng([seeds[0], *name.encode()])
    policy = maker_of(name)(places, rng)
    rows, regret = np.arange(len(seeds)), np.zeros((len(seeds), world.visits))
    started = time.perf_counter()
    for visit in range(world.visits):
        readings = places.readings[:, visit]
        clips = policy.choose(readings)
        epoch = places.epoch(visit)
        expected = places.expected[rows, epoch, :, readings]
        regret[:, visit] = expected.max(axis=1) - expected[rows, clips]
        chance = places.satisfaction[rows, epoch, clips, places.expressions[:, visit]]
        liked: Floats = (places.luck[:, visit] < chance).astype(np.float64)
        policy.learn(readings, clips, liked, places.rated[:, visit].astype(np.float64))
        if (visit + 1) % TOLD_EVERY == 0:
            told(TOLD_EVERY)
    told(world.visits % TOLD_EVERY)
    return Outcome.of(world.name, name, seeds, regret, POINTS, time.perf_counter() - started)


def run_all(
    worlds: Sequence[World], names: Sequence[str], seeds: list[int], jobs: int
) -> list[Outcome]:
    """Every policy in every world, with a progress bar where somebody looks on."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    pairs = [(world, name) for world in worlds for name in names]
    for name in names:
        maker_of(name)
    with bar:
        task = bar.add_task("", total=sum(world.visits for world, _ in pairs))
        if jobs == 1:
            done = []
            for world, name in pairs:
                bar.update(task, description=f"{world.name}: {name}")
                done.append(run(world, name, seeds, lambda visits: bar.advance(task, visits)))
            return done
        with ProcessPoolExecutor(jobs) as pool:
            waiting = {pool.submit(run, *pair, seeds): pair for pair in pairs}
            for finished in as_completed(waiting):
                world, name = waiting[finished]
                bar.update(task, advance=world.visits, description=f"{world.name}: {name}")
            return [each.result() for each in waiting]


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m models.learning.simulate", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--seed", type=int, default=1, help="first seed")
    parser.add_argument("--seeds", type=int, default=100, help="places of each world")
    parser.add_argument("--visits", type=int, help="of each place, instead of the world's own")
    parser.add_argument(
        "--worlds",
        type=Path,
        help="TOML or JSON file of other worlds; see models/learning/worlds.py",
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument(
        "--library", action="store_true", help="run MABWiser itself beside its written-out twins"
    )
    parser.add_argument("--output", type=Path, help="write the results to this JSON file")
    parser.add_argument("--figure", type=Path, help="draw the curves to this PNG or SVG file")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Entry of `python -m models.learning.simulate`."""
    given = parsed(words)
    for option, least in (("seed", 0), ("seeds", 2), ("jobs", 1), ("visits", 1)):
        value = getattr(given, option)
        if value is not None and value < least:
            raise ApplianceError(f"--{option} {value}: give {least} or more")
    worlds = read_worlds(given.worlds) if given.worlds else DEFAULT_WORLDS
    if given.visits:
        worlds = tuple(world.model_copy(update={"visits": given.visits}) for world in worlds)
    names = [*POLICIES, *(LIBRARY if given.library else ())]
    seeds = list(range(given.seed, given.seed + given.seeds))
    outcomes = run_all(worlds, names, seeds, given.jobs)
    print(results.table(outcomes))
    if given.output:
        results.write(outcomes, given.output)
        print(f"wrote {given.output}")
    if given.figure:
        from models.learning.figure import draw

        draw(outcomes, given.figure)
        print(f"wrote {given.figure}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
