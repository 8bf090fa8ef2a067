"""Muon for the convolutions, AdamW for everything else.

Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") replaces each
weight matrix' momentum by the nearest half-orthogonal matrix, found with four Newton–Schulz
steps. Convolutions followed by batch normalisation do not depend on their weights' length, so the
length is kept fixed and the rate is the share of it by which one step moves: no weight decay, one
rate for all layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 4


def orthogonalise(matrix: Tensor) -> Tensor:
    """[M, N] → about U·Vᵀ of its singular value decomposition, in bfloat16."""
    a, b, c = NEWTON_SCHULZ
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.t().contiguous()
    x = x / (x.norm() + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.t()
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.t() if tall else x


class Muon(Optimizer):
    """Steps each weight [out, in, k, k] by `lr` of its own length, which stays what it was."""

    def __init__(self, weights: list[nn.Parameter], lr: float, momentum: float) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update; `closure` is not used."""
        for group in self.param_groups:
            for weight in group["params"]:
                self._update(weight, group)

    def _update(self, weight: nn.Parameter, group: dict[str, Any]) -> None:
        if weight.grad is None:
            return
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
            state["length"] = weight.norm()
        state["momentum"].lerp_(weight.grad, 1.0 - group["momentum"])
        ahead = weight.grad.lerp(state["momentum"], group["momentum"])
        # Columns in memory order (channels last): one permutation of the columns, no copy.
        last = (0, 2, 3, 1)
        direction = orthogonalise(ahead.permute(last).reshape(len(ahead), -1))
        size = group["lr"] * state["length"] / (direction.float().norm() + 1e-7)
        weight.permute(last).add_(
            (direction * -size).to(weight.dtype).view(weight.permute(last).shape)
        )
        weight.mul_(state["length"] / weight.norm())


def build(model: nn.Module, lr: float, muon_lr: float, momentum: float) -> list[Optimizer]:
    """[Muon over the convolutions, AdamW over stem, normalisations and head].

    Weight decay 0.01 on the head only; the first convolution (one input channel) is AdamW's.
    """
    convolutions: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    for parameter in model.parameters():
        if parameter.dim() == 4 and parameter.shape[1] > 1:
            convolutions.append(parameter)
        elif parameter.dim() == 2:
            decayed.append(parameter)
        else:
            plain.append(parameter)
    groups = [
        {"params": decayed, "weight_decay": 0.01},
        {"params": plain, "weight_decay": 0.0},
    ]
    return [Muon(convolutions, muon_lr, momentum), torch.optim.AdamW(groups, lr=lr)]
