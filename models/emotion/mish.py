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


SLOPE, OFFSET = 1.2626, 0.5739
"""x · σ(SLOPE · x + OFFSET) is within GATED_ERROR of Mish everywhere: the least largest error that
a single such term can have (Nelder-Mead over 24,001 points of −12…12)."""

GATED_ERROR = 0.0311


def gated_mish(x: Tensor) -> Tensor:
    """x · σ(1.2626 x + 0.5739): Mish within 0.031, one table and one product in int8."""
    return x * torch.sigmoid(SLOPE * x + OFFSET)


def gated_mish_backward(x: Tensor, grad: Tensor) -> Tensor:
    """The gradient of `gated_mish` at x times `grad`, same shape."""
    gate = torch.sigmoid(SLOPE * x + OFFSET)
    return grad * gate * (1.0 + SLOPE * x * (1.0 - gate))


Elementwise = Callable[..., Tensor]
_kernels: dict[Elementwise, Elementwise] = {}


def compile_kernels(*more: Elementwise) -> None:
    """From now on train with one compiled pass over memory, about three times as fast.

    `more` names further functions that shall be compiled. Needs a C++ compiler and takes some
    seconds at first use; worth it for long runs.
    """
    for function in (mish, mish_backward, gated_mish, gated_mish_backward, *more):
        _kernels[function] = torch.compile(function, dynamic=True)


def compiled(function: Elementwise) -> Elementwise:
    """The compiled form of a function once `compile_kernels` has been told of it, else itself."""
    return _kernels.get(function, function)


def _flat(x: Tensor) -> Tensor:
    """The elements of a dense tensor in memory order, without a copy."""
    return x.as_strided((x.numel(),), (1,), x.storage_offset())


class _Lean(torch.autograd.Function):
    """An activation that keeps only its input for the backward pass, not five pictures."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, value: Elementwise, slope: Elementwise) -> Tensor:
        ctx.save_for_backward(x)
        ctx.slope = slope
        return compiled(value)(_flat(x)).as_strided(x.shape, x.stride())

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        grad = grads[0]
        if grad.stride() != x.stride():
            grad = torch.empty_like(x).copy_(grad)
        result = compiled(ctx.slope)(_flat(x), _flat(grad))
        return result.as_strided(x.shape, x.stride()), None, None


class LeanActivation(nn.Module):
    """Lean while training on dense batches, the plain expression (which export can trace) else."""

    value: Elementwise
    slope: Elementwise

    def forward(self, x: Tensor) -> Tensor:
        """The activation of x, same shape and type."""
        kind = type(self)
        dense = x.is_contiguous() or x.is_contiguous(memory_format=torch.channels_last)
        if not self.training or not x.requires_grad or x.dim() != 4 or not dense:
            return kind.value(x)
        result: Tensor = _Lean.apply(x, kind.value, kind.slope)  # type: ignore[no-untyped-call]
        return result


class Mish(LeanActivation):
    """Mish as x · n / (n + 2): exact."""

    value = staticmethod(mish)
    slope = staticmethod(mish_backward)


class GatedMish(LeanActivation):
    """Mish as x · σ(bx + c): within 0.031, and the form that int8 runs fast."""

    value = staticmethod(gated_mish)
    slope = staticmethod(gated_mish_backward)


ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"mish": Mish, "gated-mish": GatedMish}
"""What a run may train with, by the name that its checkpoints carry."""
