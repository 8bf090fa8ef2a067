"""What is drawn from for each clip: the hopeful part of what is believed of it.

Plain Thompson sampling draws from the whole belief and tries what is little known for longer than a
place has visitors for. Here a draw is made around the mean plus some standard deviations of the
belief, much more narrowly than the belief itself: a clip is tried as long as it may still be the
best one (optimism in the face of uncertainty), and chance decides between clips of like promise.

How many deviations grows with the answers heard, as in Bayes-UCB (Kaufmann, Cappé and Garivier
2012, AISTATS): the longer a place has answered, the longer it may be expected to go on, and the
more a better clip is worth finding. It ends at a bound, for tastes change.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from appliance.decision.hierarchy import Floats

GROWTH = 0.7
"""After n answers hope reaches to the share 1 - n^-GROWTH of a normal distribution."""

_KNEE = 0.05
"""Hope bends within about this distance of 1, which it never reaches."""


@dataclass(frozen=True, slots=True)
class DrawSettings:
    """How boldly what is believed is acted upon."""

    optimism: float = 2.3
    """Standard deviations above the mean around which a draw is made, at most."""
    spread: float = 0.1
    """Standard deviation of a draw, as a share of the belief's own."""
    floor: float = 0.002
    """Share of the choices that falls evenly on all eligible clips."""


def deviations(answers: float, most: float) -> float:
    """Standard deviations that hope reaches above the mean after so many answers."""
    return max(0.0, min(most, NormalDist().inv_cdf(1 - (2 + answers) ** -GROWTH)))


def hopeful(arms: Floats, above: float | Floats, spread: float) -> Floats:
    """The Beta distribution to draw from instead of each belief; shape (..., 2) like ``arms``.

    ``above``: standard deviations of the belief; ``spread``: see ``DrawSettings``.
    """
    strength = arms.sum(axis=-1)
    mean = arms[..., 0] / strength
    deviation = np.sqrt(mean * (1 - mean) / (strength + 1))
    room = (1 - (mean + above * deviation)) / _KNEE
    rest = _KNEE * np.logaddexp(0.0, room)
    # The bend leaves the order of two clips' draws as likely as it was.
    width = spread * deviation / (1 + np.exp(-room))
    drawn = np.maximum(rest * (1 - rest) / np.square(width) - 1, 1.0)
    return np.stack(((1 - rest) * drawn, rest * drawn), axis=-1)
