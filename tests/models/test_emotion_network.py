"""The network is ResNet50 with Mish, and its shortcuts through matrix products are exact."""

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")

from torch import nn  # noqa: E402

from models.emotion.dense_conv import DenseConv2d, as_matrix_product  # noqa: E402
from models.emotion.mish import Mish  # noqa: E402
from models.emotion.network import BLOCKS, Bottleneck, EmotionNetwork  # noqa: E402

RESNET50_TRUNK = 23_508_032
"""Parameters of ResNet50 without its classifier, as torchvision and timm count them."""
RESNET50_STEM = 7 * 7 * 3 * 64 + 2 * 64


@pytest.fixture(scope="module")
def network():
    return EmotionNetwork()


def test_trunk_has_the_parameters_of_resnet50(network):
    stem = sum(p.numel() for p in network.stem.parameters())
    head = sum(p.numel() for p in network.head.parameters())
    assert head == 2048 * 7 + 7
    total = sum(p.numel() for p in network.parameters())
    assert total - stem - head == RESNET50_TRUNK - RESNET50_STEM


def test_blocks_are_3_4_6_3_bottlenecks(network):
    assert BLOCKS == (3, 4, 6, 3)
    assert sum(isinstance(module, Bottleneck) for module in network.modules()) == 16
    outputs = [block.expand[0].out_channels for block in network.blocks]
    assert outputs == [256] * 3 + [512] * 4 + [1024] * 6 + [2048] * 3


def test_every_relu_of_resnet50_is_a_mish(network):
    kinds = [type(module) for module in network.modules() if not list(module.children())]
    assert nn.ReLU not in kinds
    # One for the stem's second convolution, which ResNet50 does not have.
    assert kinds.count(Mish) + 2 * len(network.blocks) == 1 + 1 + 3 * len(network.blocks)


def test_forward_takes_every_activation_from_mish(network):
    calls = []
    hooks = [
        module.register_forward_hook(lambda *_: calls.append(1))
        for module in network.modules()
        if isinstance(module, Mish)
    ]
    network.eval()(torch.zeros(1, 1, 32, 32))
    for hook in hooks:
        hook.remove()
    assert len(calls) == 1 + 1 + 3 * 16


def test_blocks_begin_as_identity(network):
    assert all(block.expand[1].weight.abs().max() == 0.0 for block in EmotionNetwork().blocks)


@pytest.mark.parametrize("size_px", [32, 48, 64, 80])
def test_any_input_size_gives_seven_finite_logits(network, size_px):
    logits = network.eval()(torch.randn(2, 1, size_px, size_px))
    assert logits.shape == (2, 7)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("size", "stride", "side"), [(1, 1, 2), (3, 1, 2), (3, 2, 4), (3, 2, 3)])
def test_matrix_product_equals_the_convolution(size, stride, side):
    x, weight = torch.randn(3, 5, side, side), torch.randn(7, 5, size, size)
    expected = nn.functional.conv2d(x, weight, stride=stride, padding=size // 2)
    assert torch.allclose(as_matrix_product(x, weight, stride), expected, atol=1e-5)


def test_training_and_evaluation_agree_where_training_takes_the_matrix_product():
    layer = DenseConv2d(256, 256, 3, 2, 1, bias=False)
    x = torch.randn(2, 256, 4, 4)
    assert torch.allclose(layer.train()(x), layer.eval()(x), atol=1e-4)
