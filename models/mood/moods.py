"""The eight moods as sectors of Russell's circumplex: which one a point lies in, how far apart two
are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appliance.domain import Mood
from appliance.domain.circumplex import MIDDLES

MOODS = tuple(Mood)
"""Counter-clockwise from pleasant: sector k is centred on 22.5° + 45° · k."""

SECTOR_DEG = 360.0 / len(MOODS)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def sectors(valence: Floats, arousal: Floats) -> Ints:
    """Indices into MOODS [N] of points whose origin is the middle of the plane (Russell 1980,
    "A circumplex model of affect")."""
    angle_deg = np.degrees(np.arctan2(arousal, valence)) % 360.0
    return np.minimum((angle_deg // SECTOR_DEG).astype(np.int64), len(MOODS) - 1)


def centres() -> Floats:
    """(valence, arousal) [8, 2] on the unit circle in the middle of each sector."""
    return np.array([MIDDLES[mood] for mood in MOODS])


def steps_apart(one: Ints, other: Ints) -> Ints:
    """Sectors from one mood to the other the shorter way round, 0…4."""
    apart = np.abs(one - other) % len(MOODS)
    return np.minimum(apart, len(MOODS) - apart)
