"""Gives an exported network's normalisations back what export folded away.

Read back from ONNX, a normalisation is the identity plus a bias: it answers as before, but says
nothing about its input's mean and deviation, so that training it on batches would tear the network
apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor, nn


class _Moments:
    """Mean and variance per channel of all inputs that a normalisation was shown."""

    def __init__(self) -> None:
        self.count = 0
        self.sum = torch.zeros(())
        self.squares = torch.zeros(())

    def add(self, x: Tensor) -> None:
        values = x.detach().double()
        self.count += values.numel() // values.shape[1]
        self.sum = self.sum + values.sum((0, 2, 3))
        self.squares = self.squares + values.square().sum((0, 2, 3))

    def result(self) -> tuple[Tensor, Tensor]:
        mean = self.sum / self.count
        return mean, (self.squares / self.count - mean.square()).clamp(min=0.0)


@torch.no_grad()
def restore(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set every BatchNorm2d's statistics to those of `batches` and keep what it computes.

    In evaluation mode the network answers as before (its scale and shift are chosen so); in
    training mode its batches' statistics are now near the stored ones, so it can be trained on.
    """
    network.eval()
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    seen = {layer: _Moments() for layer in layers}

    def note(moments: _Moments, _: nn.Module, given: tuple[Tensor, ...]) -> None:
        moments.add(given[0])

    hooks = [layer.register_forward_pre_hook(partial(note, seen[layer])) for layer in layers]
    try:
        for batch in batches:
            network(batch)
    finally:
        for hook in hooks:
            hook.remove()
    for layer, moments in seen.items():
        _keep_function(layer, *moments.result())


def _keep_function(layer: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    assert layer.running_mean is not None
    assert layer.running_var is not None
    scale = layer.weight.double() / (layer.running_var.double() + layer.eps).sqrt()
    shift = layer.bias.double() - layer.running_mean.double() * scale
    layer.weight.copy_(scale * (variance + layer.eps).sqrt())
    layer.bias.copy_(shift + scale * mean)
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)
