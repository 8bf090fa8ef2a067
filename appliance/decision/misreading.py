"""What readings tell of expressions, where the network that reads them is known to err.

A clip is liked by people as they are, and answers are filed under what was read. Under each reading
stand people of all expressions, in known shares, so what was answered under one reading tells of
the others.
"""

from __future__ import annotations

import numpy as np

from appliance.decision.hierarchy import Floats

ROUNDS = 20
"""Of the iteration for the shares; they move by less than 0.001 in the last one."""

_PSEUDO_ANSWERS = 1.0
"""Added to each reading's, so that none is taken to be impossible."""


def told_by(readings: Floats, confusion: Floats) -> Floats:
    """The chance of each expression (last axis), given each reading (the axis before).

    ``readings``: answers heard under each, shape (worlds, expressions); ``confusion``: chance of
    each reading (columns) of each expression (rows). The true shares are found by expectation
    maximisation from the shares of the readings (Saerens, Latinne and Decaestecker 2002, Neural
    Computation 14, 21-41).
    """
    seen = readings + _PSEUDO_ANSWERS
    seen = seen / seen.sum(axis=1, keepdims=True)
    shares = seen
    for _ in range(ROUNDS):
        shares = np.einsum("wer,wr->we", _given(shares, confusion), seen)
    told: Floats = _given(shares, confusion).transpose(0, 2, 1)
    return told


def _given(shares: Floats, confusion: Floats) -> Floats:
    """Chance of each expression, given the reading; (worlds, expressions, readings)."""
    joint = shares[:, :, None] * confusion
    given: Floats = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-12)
    return given
