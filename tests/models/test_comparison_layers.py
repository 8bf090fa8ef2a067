"""The faster layers are the layers they replace: same results, same gradients, same state."""

import importlib.util

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from models.comparisons import layers  # noqa: E402


def gradients(layer, x):
    """(result, gradient of the input, gradients of the weights) of a layer in training."""
    layer.train()
    x = x.clone().requires_grad_(True)
    result = layer(x)
    weights = torch.linspace(-1.0, 1.0, result.numel()).view_as(result)
    (result * weights).sum().backward()
    found = [weight.grad.clone() for weight in layer.parameters()]
    layer.zero_grad()
    return result.detach(), x.grad, found


@pytest.mark.parametrize("side", [7, 8])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [3, 5])
def test_depthwise_has_the_gradients_of_a_convolution(size, stride, side):
    torch.manual_seed(0)
    slow = nn.Conv2d(6, 6, size, stride, size // 2, groups=6, bias=False)
    x = torch.randn(3, 6, side, side)
    expected = gradients(slow, x)
    fast = layers.speed_up(nn.Sequential(slow))[0]
    assert type(fast) is layers.DepthwiseConv2d
    found = gradients(fast, x)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_pointwise_has_the_gradients_of_a_convolution():
    torch.manual_seed(0)
    slow = nn.Conv2d(5, 9, 1)
    x = torch.randn(2, 5, 4, 4)
    expected = gradients(slow, x)
    fast = layers.speed_up(nn.Sequential(slow))[0]
    assert type(fast) is layers.PointwiseConv2d
    torch.testing.assert_close(gradients(fast, x), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("side", "outputs"), [(2, 1), (5, 4)])
def test_a_layer_over_its_whole_map_has_the_gradients_of_a_convolution(side, outputs):
    torch.manual_seed(0)
    slow = nn.Conv2d(5, 9, 2)
    x = torch.randn(3, 5, side, side)
    expected = gradients(slow, x)
    fast = layers.speed_up(nn.Sequential(slow))[0]
    assert type(fast) is layers.CoveringConv2d
    found = gradients(fast, x)
    assert found[0].shape == (3, 9, outputs, outputs)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_swish_is_pytorch_s_with_its_gradient():
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 4) * 3.0
    fast = layers.speed_up(nn.Sequential(nn.SiLU()))[0]
    assert type(fast) is layers.Swish
    found, expected = gradients(fast, x), gradients(nn.SiLU(), x)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


def test_layers_without_a_faster_twin_stay():
    strided = nn.Conv2d(4, 8, 1, 2)
    grouped = nn.Conv2d(4, 8, 3, 1, 1, groups=2)
    assert type(layers.speed_up(nn.Sequential(strided))[0]) is nn.Conv2d
    assert type(layers.speed_up(nn.Sequential(grouped))[0]) is nn.Conv2d


def test_a_whole_network_answers_as_before():
    if importlib.util.find_spec("timm") is None:
        pytest.skip("needs timm: pip install .[train]")
    from models.comparisons import architectures

    torch.manual_seed(0)
    network = architectures.create("EfficientNet-B0", 3, 32)
    x = torch.randn(4, 3, 32, 32)
    network.train()
    torch.manual_seed(1)
    expected = network(x)
    functional.cross_entropy(expected, torch.tensor([0, 1, 2, 0])).backward()
    slow = {name: weight.grad.clone() for name, weight in network.named_parameters()}
    network.zero_grad()
    layers.speed_up(network)
    torch.manual_seed(1)
    found = network(x)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)
    functional.cross_entropy(found, torch.tensor([0, 1, 2, 0])).backward()
    # Compared as a whole: behind a normalisation some true gradients are zero, and so all noise.
    difference = torch.cat([(w.grad - slow[n]).flatten() for n, w in network.named_parameters()])
    whole = torch.cat([gradient.flatten() for gradient in slow.values()])
    assert difference.norm() < 0.01 * whole.norm()
