"""The outline of a face mask in a cropped face, for training and for measuring."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def mask_outline(side_px: int, top: float = 0.50) -> npt.NDArray[np.int32]:
    """Corners [6, 2] in pixels of a mask from the nose's bridge at `top` (share) to the chin."""
    shares = [
        (0.10, top + 0.08),
        (0.50, top),
        (0.90, top + 0.08),
        (0.80, 0.88),
        (0.50, 1.0),
        (0.20, 0.88),
    ]
    return np.array([(round(x * side_px), round(y * side_px)) for x, y in shares], np.int32)
