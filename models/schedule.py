"""How fast a run learns at each step, and the average of its weights over the steps."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn


def rate(step: int, total: int, warmup_steps: int, final: float) -> float:
    """Share of the peak rate at a step: linear warm-up, then half a cosine down to `final`."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, total - warmup_steps)
    fall = 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
    return final + (1.0 - final) * fall


def set_rates(
    optimizers: Iterable[torch.optim.Optimizer], peaks: Iterable[float], share: float
) -> None:
    """Every group of parameters learns at `share` of its own peak rate."""
    groups = (group for optimizer in optimizers for group in optimizer.param_groups)
    for group, peak in zip(groups, peaks, strict=True):
        group["lr"] = peak * share


@torch.no_grad()
def average_into(mean: nn.Module, model: nn.Module, keep: float, step: int) -> None:
    """mean = k · mean + (1 − k) · model, normalisation statistics included.

    k is `keep`, in the first steps less, so that the weights a run began with are soon forgotten.
    """
    k = min(keep, (1 + step) / (10 + step))
    ours = [t for t in mean.state_dict().values() if t.is_floating_point()]
    theirs = [t for t in model.state_dict().values() if t.is_floating_point()]
    torch._foreach_lerp_(ours, theirs, 1.0 - k)
