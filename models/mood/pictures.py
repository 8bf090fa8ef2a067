"""Pictures as the mood networks take them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def as_input(pictures: npt.NDArray[np.uint8]) -> Tensor:
    """[N, H, W, 3] uint8 → [N, 3, H, W] float32 in 0…1, channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255.0
