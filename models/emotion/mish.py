"""Mish written as one rational function of eˣ, for training and for the exported graph.

Mish (Misra 2019, "Mish: A Self Regularized Non-Monotonic Activation Function", arXiv:1908.08681,
equation 1) is x · tanh(softplus(x)). With e = eˣ and n = e · (e + 2) it is exactly x · n / (n + 2),
because tanh(ln(1 + e)) = ((1 + e)² − 1) / ((1 + e)² + 1). One exponential and one division
instead of three transcendental functions: int8 networks lose most of their gain on the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

CLAMP = 20.0
"""x above which eˣ is held: there n/(n+2) is 1 in float32, and e² stays far from overflow.

With x clamped only inside the exponential the form is exact in real numbers below 20; above it
differs from the definition by less than 20 · 2/e⁴⁰ < 2e-16 relative. In float32 the largest
difference from the definition (computed in float64) is about 1e-6 over −100…100: see
tests/models/test_emotion_mish.py.
"""


def mish(x: Tensor) -> Tensor:
    """Mish of every element of x (any shape, floating), as x · n / (n + 2)."""
    e = torch.exp(torch.clamp(x, max=CLAMP))
    n = e * (e + 2.0)
    return x * (n / (n + 2.0))


def mish_backward(x: Tensor, grad: Tensor) -> Tensor:
    """The gradient of `mish` at x times `grad`, same shape.

    d/dx [n/(n+2)] = 2 n'/(n+2)² with n' = 2e(e+1), grouped so that nothing overflows.
    """
    e = torch.exp(torch.clamp(x, max=CLAMP))
    n = e * (e + 2.0)
    r = 1.0 / (n + 2.0)
    return grad * (n * r + x * (4.0 * (e * r) * ((e + 1.0) * r)))


Elementwise = Callable[..., Tensor]
_kernels: dict[str, Elementwise] = {"forward": mish, "backward": mish_backward}


def compile_kernels() -> None:
    """From now on train with Mish as one compiled pass over memory, about three times as fast.

    Needs a C++ compiler and takes some seconds at first use; worth it for long runs.
    """
    _kernels["forward"] = torch.compile(mish, dynamic=True)
    _kernels["backward"] = torch.compile(mish_backward, dynamic=True)


def _flat(x: Tensor) -> Tensor:
    """The elements of a dense tensor in memory order, without a copy."""
    return x.as_strided((x.numel(),), (1,), x.storage_offset())


class _LeanMish(torch.autograd.Function):
    """Mish that keeps only its input for the backward pass, not five intermediate pictures."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return _kernels["forward"](_flat(x)).as_strided(x.shape, x.stride())

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        grad = grads[0]
        if grad.stride() != x.stride():
            grad = torch.empty_like(x).copy_(grad)
        result = _kernels["backward"](_flat(x), _flat(grad))
        return result.as_strided(x.shape, x.stride())


class Mish(nn.Module):
    """The activation as a layer: lean while training on dense batches, the plain expression
    (which export can trace) otherwise.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Mish of x, same shape and type."""
        dense = x.is_contiguous() or x.is_contiguous(memory_format=torch.channels_last)
        if not self.training or not x.requires_grad or x.dim() != 4 or not dense:
            return mish(x)
        result: Tensor = _LeanMish.apply(x)  # type: ignore[no-untyped-call]
        return result
