"""What is believed of each clip under each expression: a shared prior, and its own answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from appliance.decision.hierarchy import Floats, Ints, Kinship, shared_prior
from appliance.decision.hope import DrawSettings, deviations, hopeful
from appliance.decision.library import Library
from appliance.decision.misreading import told_by
from appliance.decision.propensity import log_beta
from appliance.domain import Clip, Confusion, Expression, Posterior, Score, Scores

ANSWERS_PER_REFIT = 1000
"""Clips of the library for each answer that the shared beliefs may wait: with fewer clips they
are worked out with every answer, with a hundred thousand after each hundredth."""


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """What is guessed of a clip before anybody answered, as pseudo-answers.

    The guess is Beta(strength * mean, strength * (1 - mean)): weak, so that about ``strength``
    answers weigh as much as the editor's word on whom the clip is for.
    """

    strength: float = 5.0
    fits: float = 0.5
    """Chance to be liked where the clip is meant for this expression."""
    untargeted: float = 0.4
    """Where the clip is meant for anybody."""
    other: float = 0.3
    """Where it is meant for another expression."""
    comfort: float = 0.1
    """Added for the sad where a healing clip is pleasant and calm, taken off an unpleasant one
    (see ``comfort.py``)."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Clips of which the same is believed are one group: they share a curve."""

    arms: Floats
    """Alpha and beta of what is believed of each group; shape (groups, 2)."""
    group_of: Ints
    """The group of each clip, by its place in the library."""
    drawn: Floats
    """Alpha and beta of what is drawn from; shape (groups, 2)."""
    log_betas: Floats
    """Of each group's ``drawn``, see ``propensity.log_beta``."""


DEFAULT_DRAWS = DrawSettings()


class Beliefs:
    """The posteriors of a whole library, each expression's worked out when first asked for.

    When the unit abstains the watcher is treated like a neutral one, and what was answered while
    it abstained counts too; neutral choices never count those, nor is anything else told by them.
    """

    def __init__(
        self,
        library: Library,
        scores: Scores,
        prior: PriorSettings,
        draws: DrawSettings = DEFAULT_DRAWS,
        confusion: Confusion | None = None,
    ) -> None:
        """``confusion``: how expressions are misread, as far as that is known."""
        self.library = library
        self._kin = _kinship(library, prior)
        self._draws = draws
        self._confusion = confusion
        self._groups: dict[Expression | None, Groups] = {}
        clips = len(library.clips)
        # The last column holds what was answered while the unit abstained.
        self._likes = np.zeros((clips, len(Expression) + 1))
        self._answers = np.zeros((clips, len(Expression) + 1))
        self._take(scores)
        self._refit()

    def answers(self, clip: Clip, expression: Expression | None) -> Score:
        """The answers of its own that count under this expression."""
        place, columns = self.library.place_of[clip.id], _columns(expression)
        likes = float(np.sum(self._likes[place, columns]))
        return Score(likes, float(np.sum(self._answers[place, columns])) - likes)

    def posterior(self, clip: Clip, expression: Expression | None) -> Posterior:
        alpha, beta = self._arms(expression, self.library.place_of[clip.id])
        return Posterior(float(alpha), float(beta))

    def groups(self, expression: Expression | None) -> Groups:
        if expression not in self._groups:
            self._groups[expression] = self._grouped(expression)
        return self._groups[expression]

    def learn(self, clip_id: int, scores: Scores) -> None:
        """Take over what is now known of one clip."""
        place = self.library.place_of.get(clip_id)
        if place is None:
            return
        self._take(scores)
        self._unheard += 1
        if self._unheard * ANSWERS_PER_REFIT >= len(self.library.clips):
            self._refit()
            return
        # The other clips' groups stay: only its own answers tell of this clip until then.
        for expression, groups in self._groups.items():
            arm = self._arms(expression, place).reshape(1, 2)
            group_of = groups.group_of.copy()
            group_of[place] = len(groups.arms)
            drawn = self._hopeful(expression, arm)
            self._groups[expression] = Groups(
                np.concatenate((groups.arms, arm)),
                group_of,
                np.concatenate((groups.drawn, drawn)),
                np.concatenate((groups.log_betas, log_beta(drawn))),
            )

    def _take(self, scores: Scores) -> None:
        for (clip_id, expression), score in scores.items():
            place = self.library.place_of.get(clip_id)
            if place is not None:
                column = len(Expression) if expression is None else int(expression)
                self._likes[place, column] = score.likes
                self._answers[place, column] = score.answers

    def _refit(self) -> None:
        """Work out anew what clips tell of one another."""
        read = slice(0, len(Expression))
        likes, answers = self._likes[None, :, read], self._answers[None, :, read]
        told = None
        if self._confusion is not None:
            told = told_by(answers.sum(axis=1), np.array(self._confusion))
        shared = shared_prior(likes, answers, self._kin, told)
        self._prior = np.stack((shared.alpha[0], shared.beta[0]), axis=-1)
        self._unheard = 0
        # Now rather than with the next choice, for which somebody waits.
        self._groups = {expression: self._grouped(expression) for expression in self._groups}

    def _grouped(self, expression: Expression | None) -> Groups:
        arms, group_of = _unique_pairs(self._arms(expression, slice(None)))
        drawn = self._hopeful(expression, arms)
        return Groups(arms, group_of, drawn, log_beta(drawn))

    def _hopeful(self, expression: Expression | None, arms: Floats) -> Floats:
        """What is drawn from, by the answers of all clips under the expression."""
        heard = float(np.sum(self._answers[:, _columns(expression)]))
        return hopeful(arms, deviations(heard, self._draws.optimism), self._draws.spread)

    def _arms(self, expression: Expression | None, place: int | slice) -> Floats:
        """Alpha and beta of one clip (2,) or of all (clips, 2)."""
        columns = _columns(expression)
        likes = np.sum(self._likes[place][..., columns], axis=-1)
        answers = np.sum(self._answers[place][..., columns], axis=-1)
        arms: Floats = self._prior[place, columns[0]] + np.stack((likes, answers - likes), axis=-1)
        return arms


def _columns(expression: Expression | None) -> list[int]:
    if expression is None:
        return [int(Expression.NEUTRAL), len(Expression)]
    return [int(expression)]


GUESSES = (0.05, 0.95)
"""Between these a guess stays: it is no more than that."""


def _kinship(library: Library, prior: PriorSettings) -> Kinship:
    guesses = np.array([prior.untargeted, prior.fits, prior.other])
    classes = np.stack([library.target_classes[each] for each in Expression], axis=-1)
    means = guesses[classes]
    sad = means[:, int(Expression.SAD)] + prior.comfort * library.comforts
    means[:, int(Expression.SAD)] = np.clip(sad, *GUESSES)
    return Kinship(means, library.moods, prior.strength)


def _unique_pairs(pairs: Floats) -> tuple[Floats, Ints]:
    """Different rows, and which of them each row is."""
    # As complex numbers they are sorted by one pass instead of row by row.
    found, place = np.unique(np.ascontiguousarray(pairs).view(np.complex128), return_inverse=True)
    return found.view(np.float64).reshape(-1, 2), place.reshape(-1)
