"""How probable each mood is, when a picture's point on the circumplex is known with an error."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from appliance.domain import Mood

Floats = NDArray[np.float64]

_NODES = 16
"""Of Gauss and Legendre's rule in each sector; enough for errors from a twentieth of a point's
distance on."""

_erf = np.vectorize(math.erf, otypes=[np.float64])


def probabilities(points: Floats, covariance: Floats) -> Floats:
    """[N, 8] in the order of ``Mood``: points [N, 2] (valence, arousal) + a normal error [2, 2].

    The direction of a normally distributed point follows the projected normal distribution (Mardia
    and Jupp 2000, Directional Statistics, section 3.5.6); its density is integrated over each
    sector of 45 degrees.
    """
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    width = 2.0 * np.pi / len(Mood)
    angles = width * (np.arange(len(Mood))[:, None] + (nodes[None] + 1.0) / 2.0)
    directions = np.stack((np.cos(angles), np.sin(angles)), axis=-1) @ whiten.T
    lengths = np.linalg.norm(directions, axis=-1)
    centres = np.asarray(points, np.float64) @ whiten.T
    along = np.einsum("skc,nc->nsk", directions / lengths[..., None], centres)
    below = 0.5 * (1.0 + _erf(along / math.sqrt(2.0)))
    far = np.exp(-0.5 * (centres**2).sum(axis=1))[:, None, None] / (2.0 * np.pi)
    # exp(-|c|^2 / 2) / density(d) is exp((d^2 - |c|^2) / 2) sqrt(2 pi), which cannot overflow.
    near = np.exp(0.5 * (along**2 - (centres**2).sum(axis=1)[:, None, None]))
    density = far + along * below * near / math.sqrt(2.0 * np.pi)
    # The angle in the whitened plane turns by det(W) / |W u|^2 for each radian of the sector's.
    density *= np.linalg.det(whiten) / lengths**2
    shares = np.asarray((density * weights).sum(axis=-1) * (width / 2.0))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
