"""The simulated places: what is liked by whom, when that changes, and what a unit gets to know.

A file of worlds is TOML or JSON with a list ``worlds``; every field but ``name`` may be left out:

    [[worlds]]
    name = "few ratings"
    clips = 20                       # how many clips there are
    visits = 20000                   # one choice each
    expressions = [0.25, 0.55, 0.2]  # share of happy, neutral and sad visitors
    satisfaction = [2, 3]            # Beta distribution of the chance that a clip is liked
    redrawn_share = 0.2              # part of the clips for which that chance is drawn anew ...
    redrawn_every = 2500             # ... after so many visits
    rated_share = 0.03               # part of the visits that answer
    readings = "shipped"             # how expressions are misread: the shipped network's own
                                     # confusions, or rows happy, neutral, sad of shares
    clip_share = 0.3                 # part of the variance that a clip has under all expressions
    mood_share = 0.3                 # part that clips of a mood have in common under one
"""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from appliance.domain import Expression, Mood
from appliance.errors import ApplianceError
from appliance.inference.expression_confusion import expression_confusion
from appliance.inference.model_manifest import EmotionManifest, load_manifest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
QUANTILES = 20_001
"""Points of the inverse distribution by which chances are made that go together."""


class WorldsError(ApplianceError):
    """A file of worlds cannot be used."""


class World(BaseModel):
    """One kind of place; a seed makes it a certain one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=40)
    clips: int = Field(20, ge=2, le=1000)
    visits: int = Field(20_000, ge=1, le=1_000_000)
    expressions: tuple[float, float, float] = (0.25, 0.55, 0.20)
    satisfaction: tuple[float, float] = (2.0, 3.0)
    redrawn_share: float = Field(0.0, ge=0, le=1)
    redrawn_every: int = Field(0, ge=0)
    rated_share: float = Field(1.0, gt=0, le=1)
    readings: Literal["shipped"] | tuple[tuple[float, float, float], ...] | None = None
    clip_share: float = Field(0.0, ge=0, le=1)
    mood_share: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _makes_sense(self) -> World:
        rows = [self.expressions]
        if self.readings is not None and self.readings != "shipped":
            if len(self.readings) != len(Expression):
                raise ValueError("readings has a row for happy, neutral and sad each")
            rows += self.readings
        if any(min(row) < 0 or not math.isclose(sum(row), 1, abs_tol=1e-6) for row in rows):
            raise ValueError("shares of expressions and readings are 0..1 and sum to 1")
        if min(self.satisfaction) <= 0:
            raise ValueError("satisfaction is the two numbers of a Beta distribution, above 0")
        if self.clip_share + self.mood_share > 1:
            raise ValueError("clip_share and mood_share together are 1 at most")
        return self

    @cached_property
    def confusion(self) -> Floats:
        """Chance of each reading (columns) of each expression (rows)."""
        if self.readings is None:
            return np.eye(len(Expression))
        return shipped_confusion() if self.readings == "shipped" else np.array(self.readings)

    @property
    def epochs(self) -> int:
        """Stretches of visits within which nothing changes."""
        return -(-self.visits // self.redrawn_every) if self.redrawn_every else 1


DEFAULT_WORLDS = (
    World(name="stationary"),
    World(name="drifting", redrawn_share=0.2, redrawn_every=2500),
    World(name="few ratings", rated_share=0.03),
    World(name="noisy readings", readings="shipped"),
    World(name="clips alike", clip_share=0.35, mood_share=0.35),
)
"""The last one is not among those that were set as a task: there alone is something to share."""


@dataclass(frozen=True)
class Places:
    """A world made certain, once for each seed; the first axis of every array is the seed."""

    world: World
    satisfaction: Floats
    """Chance to be liked: (seeds, epochs, clips, expressions)."""
    expected: Floats
    """The same, as far as it can be known from the reading: (seeds, epochs, clips, readings)."""
    expressions: Ints
    """(seeds, visits); what the visitor's face says."""
    readings: Ints
    """What the unit reads."""
    luck: Floats
    """A visitor is satisfied when this is under the chance."""
    rated: NDArray[np.bool_]
    moods: Ints
    """(clips,)"""

    def epoch(self, visit: int) -> int:
        return visit // self.world.redrawn_every if self.world.redrawn_every else 0


def places_of(world: World, seeds: list[int]) -> Places:
    """The same for every policy, so that luck is shared."""
    made = [_place_of(world, seed) for seed in seeds]
    satisfaction = np.stack([each[0] for each in made])
    return Places(
        world,
        satisfaction,
        satisfaction @ _true_given_reading(world),
        np.stack([each[1] for each in made]),
        np.stack([each[2] for each in made]),
        np.stack([each[3] for each in made]),
        np.stack([each[4] for each in made]),
        np.arange(world.clips) % len(Mood),
    )


def _place_of(world: World, seed: int) -> tuple[Floats, Ints, Ints, Floats, NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    chances = [_chances(world, rng)]
    for _ in range(1, world.epochs):
        changed = rng.choice(world.clips, round(world.redrawn_share * world.clips), replace=False)
        anew = chances[-1].copy()
        anew[changed] = _chances(world, rng)[changed]
        chances.append(anew)
    expressions = rng.choice(len(Expression), world.visits, p=world.expressions)
    edges = np.cumsum(world.confusion, axis=1)[expressions]
    readings = np.sum(rng.random((world.visits, 1)) >= edges[:, :-1], axis=1)
    luck, rated = rng.random(world.visits), rng.random(world.visits) < world.rated_share
    return np.stack(chances), expressions, readings, luck, rated


def _chances(world: World, rng: np.random.Generator) -> Floats:
    """(clips, expressions), each distributed as ``satisfaction``, together as the shares say.

    Normal deviates of clip, mood and cell are added and their rank read off the distribution.
    """
    shape = (world.clips, len(Expression))
    if world.clip_share == world.mood_share == 0:
        return rng.beta(*world.satisfaction, shape)
    of_mood = rng.standard_normal((len(Mood), len(Expression)))
    deviate = (
        math.sqrt(world.clip_share) * rng.standard_normal((world.clips, 1))
        + math.sqrt(world.mood_share) * of_mood[np.arange(world.clips) % len(Mood)]
        + math.sqrt(1 - world.clip_share - world.mood_share) * rng.standard_normal(shape)
    )
    rank = np.array([0.5 * (1 + math.erf(each / math.sqrt(2))) for each in deviate.reshape(-1)])
    drawn = np.sort(np.random.default_rng(0).beta(*world.satisfaction, QUANTILES))
    chances: Floats = np.interp(rank, np.linspace(0, 1, QUANTILES), drawn).reshape(shape)
    return chances


def _true_given_reading(world: World) -> Floats:
    """Chance of each expression (rows), given the reading (columns)."""
    joint = np.array(world.expressions)[:, None] * world.confusion
    given: Floats = joint / np.maximum(joint.sum(axis=0), 1e-12)
    return given


def shipped_confusion() -> Floats:
    """Of the shipped emotion network on FER2013's public test, from its manifest.

    Rows and columns happiness, neutral, sadness of its matrix over seven classes: choices go by
    the largest of these three.
    """
    (path,) = ARTIFACTS.glob("emotion_*.json")
    manifest = load_manifest(path)
    confusion = expression_confusion(manifest) if isinstance(manifest, EmotionManifest) else None
    if confusion is None:
        raise WorldsError(f"{path}: no confusions were measured; give readings as rows of shares")
    return np.array(confusion)


def read_worlds(path: Path) -> tuple[World, ...]:
    """The worlds of a file. Raises WorldsError, naming what is wrong and where."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as exc:
        raise WorldsError(f"{path}: {exc.strerror}; name a readable file of worlds") from exc
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, json.JSONDecodeError) as exc:
        raise WorldsError(f"{path}: neither TOML nor JSON: {exc}") from exc
    listed = data.get("worlds") if isinstance(data, dict) else None
    if not isinstance(listed, list) or not listed:
        raise WorldsError(f"{path}: has no list 'worlds'; begin each one with [[worlds]]")
    worlds = tuple(_world(path, number, each) for number, each in enumerate(listed, 1))
    names = [world.name for world in worlds]
    for name in names:
        if names.count(name) > 1:
            raise WorldsError(f"{path}: two worlds are called {name!r}; give each its own name")
    return worlds


def _world(path: Path, number: int, given: Any) -> World:
    try:
        return World.model_validate(given)
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        key = ".".join(str(part) for part in error["loc"])
        if error["type"] == "extra_forbidden":
            known = ", ".join(World.model_fields)
            raise WorldsError(
                f"{path}: world {number}: unknown field {key!r}; choose from {known}"
            ) from exc
        message = error["msg"].removeprefix("Value error, ")
        raise WorldsError(f"{path}: world {number}: {key or 'its numbers'}: {message}") from exc
