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


def orthogonalise(matrices: Tensor) -> Tensor:
    """[K, M, N] → about U·Vᵀ of each one's singular value decomposition, in bfloat16."""
    a, b, c = NEWTON_SCHULZ
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.mT.contiguous()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


class Muon(Optimizer):
    """Steps each weight [out, in, k, k] by `lr` of its own length, which stays what it was."""

    def __init__(self, weights: list[nn.Parameter], lr: float, momentum: float) -> None:
        super().__init__(weights, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One update; `closure` is not used."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[nn.Parameter]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    alike.setdefault(weight.shape, []).append(weight)
            # Weights of one shape together: a third of the calls, which is what a GPU waits for.
            for weights in alike.values():
                self._update(weights, group)

    def _update(self, weights: list[nn.Parameter], group: dict[str, Any]) -> None:
        for weight in weights:
            if not self.state[weight]:
                self.state[weight]["momentum"] = torch.zeros_like(weight)
                self.state[weight]["length"] = weight.norm()
        grads = [weight.grad for weight in weights if weight.grad is not None]
        momenta = [self.state[weight]["momentum"] for weight in weights]
        lengths = torch.stack([self.state[weight]["length"] for weight in weights])
        torch._foreach_lerp_(momenta, grads, 1.0 - group["momentum"])
        ahead = torch._foreach_lerp(grads, momenta, group["momentum"])
        # Columns in memory order (channels last): one permutation of the columns, no copy.
        last = (0, 2, 3, 1)
        rows = [one.permute(last).reshape(len(one), -1) for one in ahead]
        direction = orthogonalise(torch.stack(rows)).float()
        size = group["lr"] * lengths / (direction.norm(dim=(1, 2)) + 1e-7)
        direction = direction * -size[:, None, None]
        for weight, step, length in zip(weights, direction, lengths, strict=True):
            seen = weight.permute(last)
            seen.add_(step.to(weight.dtype).reshape(seen.shape))
            weight.mul_(length / weight.norm())


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
