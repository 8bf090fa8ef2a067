"""The rational form of Mish against its definition, and its gradient."""

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from models.emotion import mish as subject  # noqa: E402


def definition(x):
    """x · tanh(softplus(x)) as Misra 2019 writes it."""
    return x * torch.tanh(torch.nn.functional.softplus(x, threshold=1000.0))


def test_float32_is_within_two_millionths_of_the_definition():
    x = torch.linspace(-100.0, 100.0, 200_001, dtype=torch.float64)
    difference = (subject.mish(x.float()).double() - definition(x.float().double())).abs()
    assert (difference / x.abs().clamp(min=1.0)).max().item() < 5e-7
    assert difference[x.abs() <= 4.0].max().item() < 1e-6


def test_double_precision_shows_that_the_form_is_exact():
    x = torch.linspace(-30.0, 30.0, 60_001, dtype=torch.float64)
    assert (subject.mish(x) - definition(x)).abs().max().item() < 1e-14


def test_huge_arguments_neither_overflow_nor_vanish():
    x = torch.tensor([-1e30, -1e4, 1e4, 1e30])
    assert subject.mish(x).tolist() == pytest.approx([0.0, 0.0, 1e4, 1e30])


def test_written_gradient_is_the_derivative_of_the_definition():
    x = torch.linspace(-40.0, 40.0, 8_001, dtype=torch.float64, requires_grad=True)
    definition(x).sum().backward()
    ours = subject.mish_backward(x.detach(), torch.ones_like(x))
    assert (ours - x.grad).abs().max().item() < 1e-12


def test_training_layer_and_plain_expression_agree_forward_and_backward():
    layer = subject.Mish().train()
    x = torch.randn(2, 8, 5, 5).to(memory_format=torch.channels_last)
    lean, plain = x.clone().requires_grad_(), x.clone().requires_grad_()
    weight = torch.randn(2, 8, 5, 5)
    result = layer(lean)
    (result * weight).sum().backward()
    (subject.mish(plain) * weight).sum().backward()
    assert torch.allclose(result, subject.mish(x), atol=1e-6)
    assert torch.allclose(lean.grad, plain.grad, atol=1e-5)
