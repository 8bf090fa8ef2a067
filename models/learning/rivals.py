"""The policies that the unit's own is compared with, on many places at once.

Each has its documented defaults and gets the same: the clips, the reading, the answers. Those of
the library MABWiser (Strong, Kleynhans and Kadıoğlu 2021, IJAIT 30) are written out here for three
one-hot features, where they have a closed form; ``mabwiser_rivals`` runs the library itself, and a
test holds the two together.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from models.learning.worlds import Floats, Ints, Places


class Policy(Protocol):
    """One policy in all places of a world at once; the first axis is the place."""

    def choose(self, readings: Ints) -> Ints:
        """A clip for each place's visitor."""

    def learn(self, readings: Ints, clips: Ints, liked: Floats, rated: Floats) -> None:
        """What came of it; ``rated`` 0: nobody answered, and ``liked`` says nothing."""


class Counting:
    """Likes and answers of each clip under each reading."""

    def __init__(self, places: Places, rng: np.random.Generator) -> None:
        shape = (len(places.satisfaction), *places.satisfaction.shape[2:])
        self.rng = rng
        self.places = np.arange(shape[0])
        self.clips = shape[1]
        self.likes = np.zeros(shape)
        self.answers = np.zeros(shape)

    def learn(self, readings: Ints, clips: Ints, liked: Floats, rated: Floats) -> None:
        self.likes[self.places, clips, readings] += liked * rated
        self.answers[self.places, clips, readings] += rated

    def cells(self, readings: Ints) -> tuple[Floats, Floats]:
        """Likes and answers of every clip under the reading; (places, clips)."""
        return self.likes[self.places, :, readings], self.answers[self.places, :, readings]


class Random(Counting):
    """Any clip."""

    def choose(self, readings: Ints) -> Ints:
        return self.rng.integers(0, self.clips, len(readings))


class MostLiked(Counting):
    """The clip with the largest share of likes; one that nobody answered about goes first."""

    def choose(self, readings: Ints) -> Ints:
        likes, answers = self.cells(readings)
        share = np.where(answers > 0, likes / np.maximum(answers, 1), 1.0)
        # Of equals any one.
        best: Ints = np.argmax(share + 1e-9 * self.rng.random(share.shape), axis=1)
        return best


class EpsilonGreedy(Counting):
    """The clip with the largest share of likes (0 without answers), at times any clip."""

    epsilon = 0.1
    """MABWiser's default."""

    def choose(self, readings: Ints) -> Ints:
        likes, answers = self.cells(readings)
        best = np.argmax(likes / np.maximum(answers, 1), axis=1)
        any_clip = self.rng.integers(0, self.clips, len(readings))
        chosen: Ints = np.where(self.rng.random(len(readings)) < self.epsilon, any_clip, best)
        return chosen


class CellThompson(Counting):
    """Thompson sampling for each clip and reading by itself, from Beta(1, 1)."""

    def choose(self, readings: Ints) -> Ints:
        likes, answers = self.cells(readings)
        best: Ints = np.argmax(self.rng.beta(1 + likes, 1 + answers - likes), axis=1)
        return best


class LinUCB(Counting):
    """Ridge regression of each clip on the reading, plus its confidence width (Li et al. 2010)."""

    alpha = 1.0
    l2_lambda = 1.0
    """Both are MABWiser's defaults."""

    def choose(self, readings: Ints) -> Ints:
        likes, answers = self.cells(readings)
        of = answers + self.l2_lambda
        best: Ints = np.argmax(likes / of + self.alpha * np.sqrt(1 / of), axis=1)
        return best


class LinTS(Counting):
    """The same regression, one draw of its coefficients (Agrawal and Goyal 2013)."""

    alpha = 1.0
    l2_lambda = 1.0

    def choose(self, readings: Ints) -> Ints:
        likes, answers = self.cells(readings)
        of = answers + self.l2_lambda
        noise = self.rng.standard_normal(of.shape)
        best: Ints = np.argmax(likes / of + self.alpha * noise / np.sqrt(of), axis=1)
        return best
