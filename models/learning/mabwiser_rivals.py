"""Policies of the library MABWiser, run as it is: the only file that knows it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from appliance.domain import Expression
from models.learning.worlds import Floats, Ints, Places

FEATURES = np.eye(len(Expression))
"""The reading as three one-hot features."""


class Library:
    """One linear policy of the library in each place; its own defaults, its own randomness.

    The library wants an answer before its first prediction. Until there is one all its estimates
    are equal, and of equals it takes the first clip.
    """

    def __init__(
        self, places: Places, rng: np.random.Generator, policy: Callable[[], LearningPolicy]
    ) -> None:
        clips = places.satisfaction.shape[2]
        self._bandits = [
            MAB(list(range(clips)), policy(), seed=int(rng.integers(2**31)))
            for _ in places.satisfaction
        ]
        self._is_fitted = [False] * len(self._bandits)

    def choose(self, readings: Ints) -> Ints:
        return np.array(
            [
                bandit.predict(FEATURES[[reading]]) if is_fitted else 0
                for bandit, reading, is_fitted in zip(
                    self._bandits, readings, self._is_fitted, strict=True
                )
            ]
        )

    def learn(self, readings: Ints, clips: Ints, liked: Floats, rated: Floats) -> None:
        for place in np.flatnonzero(rated):
            bandit = self._bandits[place]
            fit = bandit.partial_fit if self._is_fitted[place] else bandit.fit
            fit(clips[[place]], liked[[place]], FEATURES[readings[[place]]])
            self._is_fitted[place] = True


def lin_ucb(places: Places, rng: np.random.Generator) -> Library:
    return Library(places, rng, LearningPolicy.LinUCB)


def lin_ts(places: Places, rng: np.random.Generator) -> Library:
    return Library(places, rng, LearningPolicy.LinTS)
