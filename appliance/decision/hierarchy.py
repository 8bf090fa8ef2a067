"""What a clip is believed to be liked before its own answers: strength shared with what is alike.

The chance that clip c is liked under expression e is taken to be

    mean of the clips meant alike under e + effect of c's mood under e
    + effect of c under all expressions + the cell's own deviation,

each with a variance that is estimated by the method of moments and drawn towards a guess while
little is known (Kleinman 1973, JASA 68, 46-54, for shares of unequal sizes). The effects are
predicted from the *other* cells of the mood and of the clip (best linear unbiased prediction,
Henderson 1975, Biometrics 31, 423-447), so that no answer counts twice; the prior is the Beta
distribution with that mean and the variance that is left. Where moods or clips have nothing in
common their effect's variance comes out near 0, and nothing is shared. Where expressions are
misread, the cells' own deviations go together as far as the same people stand under both readings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GUESS_CELLS = 10.0
"""Cells (a clip under an expression) that the guessed mean weighs as much as."""
VARIANCE_CELLS = 60.0
"""The same for the guessed variances."""

_DISPERSIONS = (0.004, 0.6)
"""Between these the cells' dispersion is believed."""
_LEAST_EFFECT, _MOST_EFFECT = 1e-6, 0.9
"""Variance of an effect; the upper bound is a share of the cells' variance."""
_LEAST_NOISE = 0.01
"""Variance of a single answer; it keeps a mean near 0 or 1 from looking certain."""
_LEAST_LEFT = 1e-3
_UNKNOWN = 1e4
"""Variance of what was never answered."""
_EDGE = 0.02
"""The prior's mean stays this far from 0 and 1."""
_STRENGTHS = (0.5, 250.0)


@dataclass(frozen=True)
class Kinship:
    """Which cells are alike; made once for a library."""

    guesses: Floats
    """Guessed chance to be liked, by the clip's target; shape (clips, expressions)."""
    moods: Ints
    """Number of each clip's mood, 0 and up; -1: not known. Shape (clips,)."""
    strength: float
    """Answers that the guess weighs as much as."""

    @cached_property
    def meant_alike(self) -> Ints:
        """Number of each cell's kind: its expression and how the clip is meant for it."""
        _, kind = np.unique(self.guesses, return_inverse=True)
        expressions = self.guesses.shape[1]
        kinds: Ints = kind.reshape(self.guesses.shape) * expressions + np.arange(expressions)
        return kinds

    @cached_property
    def of_mood(self) -> Ints:
        """Number of each cell's mood and expression; a clip without a mood is alone in its own."""
        clips, expressions = self.guesses.shape
        alone = np.max(self.moods, initial=-1) + 1 + np.arange(clips)
        _, mood = np.unique(np.where(self.moods >= 0, self.moods, alone), return_inverse=True)
        moods: Ints = mood.reshape(-1, 1) * expressions + np.arange(expressions)
        return moods


@dataclass(frozen=True, slots=True)
class SharedPrior:
    """A Beta distribution for each cell; shape (worlds, clips, expressions)."""

    alpha: Floats
    beta: Floats


def shared_prior(
    likes: Floats, answers: Floats, kin: Kinship, told: Floats | None = None
) -> SharedPrior:
    """The prior of each cell, from all other cells.

    ``likes`` and ``answers`` (weights, fractions allowed): shape (worlds, clips, expressions);
    worlds share nothing with one another, a unit is one world. ``told``: what readings tell of
    expressions, see ``misreading.told_by``; None: they are as they are read.
    """
    if not answers.size:
        return SharedPrior(likes.copy(), likes.copy())
    cells = _Cells(likes, answers, kin, told)
    mean = cells.mean_of_kind()
    chance = mean * (1 - mean)
    whole = cells.dispersion_around(mean) * chance
    noise = np.maximum(chance - whole, _LEAST_NOISE) / cells.count
    variance = whole
    # The mood first: the clip's own effect is what its mood leaves unexplained.
    mean, variance = cells.with_mood(mean, variance, noise)
    mean, variance = cells.with_clip(mean, variance, noise)
    mean = np.clip(mean, _EDGE, 1 - _EDGE)
    strength = np.clip(mean * (1 - mean) / variance - 1, *_STRENGTHS)
    return SharedPrior(mean * strength, (1 - mean) * strength)


class _Cells:
    """Shares that liked it, each with how much it is worth."""

    def __init__(self, likes: Floats, answers: Floats, kin: Kinship, told: Floats | None) -> None:
        self.kin = kin
        told = np.eye(answers.shape[2])[None] if told is None else told
        common = told @ told.transpose(0, 2, 1)
        squares = np.diagonal(common, axis1=1, axis2=2)
        self.evened: Floats = squares[:, None, :]
        """What is left of the variance where a reading mixes people; (worlds, 1, expressions)."""
        self.together: Floats = common / np.sqrt(squares[:, :, None] * squares[:, None, :])
        """Correlation of a clip's own deviations; (worlds, expressions, expressions)."""
        self.is_known = answers > 0
        self.count: Floats = np.where(self.is_known, answers, 1.0)
        self.share: Floats = np.where(self.is_known, likes / self.count, 0.0)
        self.answers = answers
        # The reliability of a share: one cell that is always asked about does not outweigh many.
        self.worth: Floats = answers / (answers + kin.strength)

    def mean_of_kind(self) -> Floats:
        """Of the cells meant alike, drawn towards the guess."""
        liked = _total(self.kin.meant_alike, self.worth * self.share)
        of = _total(self.kin.meant_alike, self.worth)
        mean: Floats = (GUESS_CELLS * self.kin.guesses + liked) / (GUESS_CELLS + of)
        return mean

    def off(self, mean: Floats) -> Floats:
        off: Floats = np.where(self.is_known, self.share - mean, 0.0)
        return off

    def dispersion_around(self, mean: Floats) -> Floats:
        """The cells' variance, without what single answers add, as a share of mean * (1 - mean).

        A Beta distribution of strength s has 1 / (s + 1). Shape (worlds, 1, expressions).
        """
        worth, chance = np.where(self.answers >= 2, np.square(self.worth), 0.0), mean * (1 - mean)
        square = np.square(self.off(mean)) / chance - 1 / self.count
        seen = np.sum(worth * square, axis=(1, 2), keepdims=True)
        of = np.sum(worth * self.evened * (1 - 1 / self.count), axis=(1, 2), keepdims=True)
        guess = 1 / (self.kin.strength + 1)
        dispersion = (VARIANCE_CELLS * guess + seen) / (VARIANCE_CELLS + of)
        believed: Floats = np.clip(dispersion, *_DISPERSIONS) * self.evened
        return believed

    def with_mood(self, mean: Floats, variance: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of each cell, once the mood's other cells have been heard."""
        total = partial(_total, self.kin.of_mood)
        off = self.off(mean)
        weighted = self.worth * off
        # Cells of a mood deviate together as far as they share an effect.
        pairs = np.sum(weighted * (total(weighted) - weighted), axis=(1, 2), keepdims=True)
        of = np.sum(self.worth * (total(self.worth) - self.worth), axis=(1, 2), keepdims=True)
        effect = _effect(pairs, of, variance)
        own = np.maximum(variance - effect, _LEAST_LEFT)
        precision = np.where(self.is_known, 1 / (own + noise), 0.0)
        heard = precision * off
        left = 1 / (1 / effect + total(precision) - precision)
        shifted: Floats = mean + (total(heard) - heard) * left
        return shifted, own + left

    def with_clip(self, mean: Floats, variance: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """The same, once the clip's other cells have been heard: all share its effect, and some
        the same people."""
        off = self.off(mean)
        weighted = self.worth * off
        deviation = np.sqrt(variance)
        pairs = np.sum(weighted, axis=2) ** 2 - np.sum(weighted**2, axis=2)
        # What the same people explain is not the clip's effect.
        spread = self.worth * deviation
        people = np.einsum("wcr,wcs,wrs->wc", spread, spread, self.together)
        people -= np.sum(spread**2, axis=2)
        of = np.sum(self.worth, axis=2) ** 2 - np.sum(self.worth**2, axis=2)
        effect = _effect(
            np.sum(pairs - people, axis=1)[:, None, None],
            np.sum(of, axis=1)[:, None, None],
            variance,
        )
        own = np.sqrt(np.maximum(variance - effect, _LEAST_LEFT))
        covariance = effect[..., None] + (
            own[..., :, None] * own[..., None, :] * self.together[:, None]
        )
        told = np.where(self.is_known, noise, _UNKNOWN)
        inverse = np.linalg.inv(covariance + told[..., None] * np.eye(told.shape[2]))
        # Each cell as the others predict it: leaving one out needs no second inverse.
        alone = 1 / np.diagonal(inverse, axis1=2, axis2=3)
        predicted: Floats = mean + off - np.einsum("wcrs,wcs->wcr", inverse, off) * alone
        return predicted, np.maximum(alone - told, _LEAST_LEFT)


def _effect(pairs: Floats, of: Floats, variance: Floats) -> Floats:
    """Variance of an effect; shape (worlds, 1, 1)."""
    most = _MOST_EFFECT * np.mean(variance, axis=(1, 2), keepdims=True)
    effect: Floats = np.clip(pairs / (VARIANCE_CELLS + of), _LEAST_EFFECT, most)
    return effect


def _total(groups: Ints, values: Floats) -> Floats:
    """Each cell's sum over its group, in every world."""
    worlds, size = len(values), int(np.max(groups, initial=-1)) + 1
    place = np.arange(worlds).reshape(-1, 1, 1) * size + groups
    sums = np.bincount(place.reshape(-1), values.reshape(-1), worlds * size)
    total: Floats = sums[place]
    return total
