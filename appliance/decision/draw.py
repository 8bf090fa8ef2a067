"""Thompson sampling: each eligible clip draws from what is believed of it, the best draw plays.

Draws come from the hopeful part of the beliefs (``hope``), and a small share of the choices falls
evenly on all eligible clips, so that each of them keeps a least chance.
"""

from __future__ import annotations

import numpy as np

from appliance.decision.hierarchy import Floats, Ints
from appliance.decision.posteriors import Groups
from appliance.decision.propensity import largest_draws, plausible, win_probability_above

MAX_SINGLE_DRAWS = 32
"""Of a larger group of equal clips only the largest draw is made, in one step."""


class Draw:
    """One choice between eligible clips, and the chance that each of them had.

    Equal clips are drawn for as one group, and the winner among them by lot. Groups that would
    win less often than ``propensity.MAX_LOSS`` all together are not drawn for.
    """

    def __init__(self, groups: Groups, places: Ints, even_share: float) -> None:
        """``places``: of the eligible clips in the library, at least one."""
        self._places = places
        self._even_share = even_share
        self._group_of_clip = groups.group_of
        self._group_of = groups.group_of[places]
        counts = np.bincount(self._group_of, minlength=len(groups.arms))
        present = np.flatnonzero(counts)
        kept, self._threshold = plausible(
            groups.drawn[present], counts[present], groups.log_betas[present]
        )
        self._present = present[kept]
        self._arms, self._counts = groups.drawn[self._present], counts[self._present]
        self._log_betas = groups.log_betas[self._present]
        self.floor = even_share / len(places)
        """The least chance of every eligible clip."""

    def pick(self, rng: np.random.Generator) -> tuple[int, bool]:
        """Place of a clip in the library; and whether the even share had its turn."""
        if rng.random() < self._even_share:
            return int(self._places[rng.integers(len(self._places))]), True
        winner = self._present[np.argmax(self._largest_draws(rng))]
        members = self._places[self._group_of == winner]
        return int(members[rng.integers(len(members))]), False

    def chance(self, place: int) -> float:
        """The whole chance of an eligible clip (error at most 0.002)."""
        mine = np.flatnonzero(self._present == self._group_of_clip[place])
        if not len(mine):
            # One that is not drawn for: the even share is all it has.
            return self.floor
        wins, _ = win_probability_above(
            self._arms, self._counts, self._log_betas, int(mine[0]), self._threshold
        )
        return (1 - self._even_share) * min(wins, 1.0) + self.floor

    def _largest_draws(self, rng: np.random.Generator) -> Floats:
        """Of each group."""
        singly = self._counts <= MAX_SINGLE_DRAWS
        best = np.empty(len(self._arms))
        if not np.all(singly):
            best[~singly] = largest_draws(self._arms[~singly], self._counts[~singly], rng)
        if np.any(singly):
            each = np.repeat(self._arms[singly], self._counts[singly], axis=0)
            firsts = np.concatenate(([0], np.cumsum(self._counts[singly])[:-1]))
            best[singly] = np.maximum.reduceat(rng.beta(each[:, 0], each[:, 1]), firsts)
        return best
