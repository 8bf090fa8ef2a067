"""A choice of a clip, with everything needed to explain it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.domain.content import Clip, Surroundings
from appliance.domain.vocabulary import Expression, Screen


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a choice was made on."""

    screen: Screen
    """``SHOW`` (for a watcher) or ``HEALING`` (the loop)."""
    expression: Expression | None
    confidence: float
    watchers: int
    surroundings: Surroundings


@dataclass(frozen=True, slots=True)
class Posterior:
    """Beta(alpha, beta) over the chance that a clip is liked."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One clip as a choice saw it."""

    clip_id: int
    title: str
    posterior: Posterior | None
    """None for a clip that a rule rejected."""
    ratings: int
    """Answers so far for this clip under this expression."""
    rejected_by: str | None
    """Name of the rule that spoke against it; None: eligible."""
    own_answers: float | None = None
    """What answers about it still weigh in ``posterior``, fractions included; the rest is what
    other clips and the prior say. None: not written down then."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One choice, with everything needed to explain it later."""

    context: DecisionContext
    clip: Clip
    probability: float
    """The chance that this policy takes this clip in this context (propensity), 0..1."""
    reason: str
    """One line for people."""
    policy: str
    candidates: tuple[Candidate, ...]
    """The clip taken first, then the likeliest; bounded."""
    candidates_omitted: int = 0
    """How many more there were."""
    floor: float = 0.0
    """The part of ``probability`` that every eligible clip has."""
    campaign_id: int | None = None
    """The campaign the clip was chosen for; its caps and targets count this choice."""


@dataclass(frozen=True, slots=True)
class Score:
    """What has been learned of one clip under one expression."""

    likes: float = 0.0
    dislikes: float = 0.0

    @property
    def answers(self) -> float:
        return self.likes + self.dislikes


Confusion = tuple[tuple[float, ...], ...]
"""Chance of each reading (columns) of each expression (rows), in the order of ``Expression``."""

Scores = Mapping[tuple[int, Expression | None], Score]
"""By clip id and expression; None: answers given while the unit abstained."""
