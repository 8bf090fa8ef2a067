"""What is believed of each clip: the prior from its target, plus the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.decision.library import Library
from appliance.decision.propensity import log_beta
from appliance.domain import Clip, Expression, Posterior, Score, Scores

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """What is believed of a clip before anybody answered, as pseudo-answers.

    The prior is Beta(strength * mean, strength * (1 - mean)): weak, so that about
    ``strength`` answers weigh as much as the editor's guess of whom the clip is for.
    """

    strength: float = 4.0
    fits: float = 0.6
    """Chance to be liked where the clip is meant for this expression."""
    untargeted: float = 0.5
    """Where the clip is meant for anybody."""
    other: float = 0.4
    """Where it is meant for another expression."""


def answers_for(clip: Clip, expression: Expression | None, scores: Scores) -> Score:
    """The answers that count under this expression.

    When the unit abstains the watcher is treated like a neutral one, and what was answered
    while it abstained counts too; neutral choices never count those.
    """
    if expression is not None:
        return scores.get((clip.id, expression), Score())
    neutral = scores.get((clip.id, Expression.NEUTRAL), Score())
    abstained = scores.get((clip.id, None), Score())
    return Score(neutral.likes + abstained.likes, neutral.dislikes + abstained.dislikes)


def posterior_of(
    clip: Clip, expression: Expression | None, answers: Score, prior: PriorSettings
) -> Posterior:
    """Prior from the clip's target, plus the answers."""
    target = Expression.NEUTRAL if expression is None else expression
    if not clip.target_emotions:
        mean = prior.untargeted
    else:
        mean = prior.fits if target in clip.target_emotions else prior.other
    return Posterior(
        prior.strength * mean + answers.likes, prior.strength * (1 - mean) + answers.dislikes
    )


@dataclass(frozen=True, slots=True)
class Groups:
    """Clips of which the same is believed are one group: they share a curve."""

    arms: Floats
    """Alpha and beta of each group; shape (groups, 2)."""
    group_of: Ints
    """The group of each clip, by its place in the library."""
    log_betas: Floats
    """Of each group's arm, see ``propensity.log_beta``."""


class Beliefs:
    """The posteriors of a whole library, each expression's worked out when first asked for."""

    def __init__(self, library: Library, scores: Scores, prior: PriorSettings) -> None:
        self._library = library
        self._prior = prior
        self._scores = dict(scores)
        self._groups: dict[Expression | None, Groups] = {}

    def answers(self, clip: Clip, expression: Expression | None) -> Score:
        return answers_for(clip, expression, self._scores)

    def groups(self, expression: Expression | None) -> Groups:
        if expression not in self._groups:
            self._groups[expression] = self._grouped(expression)
        return self._groups[expression]

    def learn(self, clip_id: int, scores: Scores) -> None:
        """Take over what is now known of one clip; the other clips' groups stay."""
        self._scores.update(scores)
        place = self._library.place_of.get(clip_id)
        if place is None:
            return
        clip = self._library.clips[place]
        for expression, groups in self._groups.items():
            arm = self._posterior(clip, expression)
            group_of = groups.group_of.copy()
            group_of[place] = len(groups.arms)
            added = np.array([[arm.alpha, arm.beta]])
            self._groups[expression] = Groups(
                np.concatenate((groups.arms, added)),
                group_of,
                np.concatenate((groups.log_betas, log_beta(added))),
            )

    def _posterior(self, clip: Clip, expression: Expression | None) -> Posterior:
        return posterior_of(clip, expression, self.answers(clip, expression), self._prior)

    def _grouped(self, expression: Expression | None) -> Groups:
        library, prior = self._library, self._prior
        target = Expression.NEUTRAL if expression is None else expression
        means = np.array([prior.untargeted, prior.fits, prior.other])
        mean = means[library.target_classes[target]]
        parameters = np.stack((prior.strength * mean, prior.strength * (1 - mean)), axis=1)
        for place in self._answered(expression):
            arm = self._posterior(library.clips[place], expression)
            parameters[place] = arm.alpha, arm.beta
        arms, group_of = np.unique(parameters, axis=0, return_inverse=True)
        return Groups(arms, group_of.reshape(-1), log_beta(arms))

    def _answered(self, expression: Expression | None) -> Sequence[int]:
        counted = (expression,) if expression is not None else (Expression.NEUTRAL, None)
        return self._library.places({clip for clip, known in self._scores if known in counted})
