"""The beats of music, by librosa; the only file that knows it, an optional extra."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_HZ: Final = 22_050
LEAST_BEATS: Final = 4
"""Fewer are no beat to go by."""


def beats_of(samples: NDArray[np.float32]) -> tuple[float, ...] | None:
    """Seconds of the beats in one channel at ``SAMPLE_HZ``; empty: none can be made out.

    Dynamic programming over the onset strength (Ellis 2007, "Beat tracking by dynamic
    programming"), as librosa has it. None: librosa is not installed.
    """
    try:
        import librosa
    except ImportError:
        return None
    _, beats = librosa.beat.beat_track(y=samples, sr=SAMPLE_HZ, units="time")
    found = tuple(float(beat) for beat in np.atleast_1d(beats))
    return found if len(found) >= LEAST_BEATS else ()
