"""Geometry of boxes on tensors: overlap and its generalised form.

Boxes are x1, y1, x2, y2 in pixels throughout.
"""

from __future__ import annotations

import torch
from torch import Tensor

TINY = 1e-7


def overlap(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union and its generalised form for boxes in pairs.

    first, second: [..., 4], broadcast against each other. Returns (IoU 0..1, GIoU -1..1), [...].
    Source: Rezatofighi et al. 2019, "Generalized Intersection over Union", algorithm 1.
    """
    low = torch.maximum(first[..., :2], second[..., :2])
    high = torch.minimum(first[..., 2:], second[..., 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    union = area(first) + area(second) - shared + TINY
    iou = shared / union
    hull_low = torch.minimum(first[..., :2], second[..., :2])
    hull_high = torch.maximum(first[..., 2:], second[..., 2:])
    hull = (hull_high - hull_low).clamp(min=0).prod(dim=-1) + TINY
    return iou, iou - (hull - union) / hull


def area(boxes: Tensor) -> Tensor:
    """Areas in square pixels, [..., 4] -> [...]; inverted boxes count 0."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)
