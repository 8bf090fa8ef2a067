"""int8 gates read the bytes of x themselves: nothing left to multiply, the same answers."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
onnx = pytest.importorskip("onnx", reason="needs onnx: pip install .[train]")

import onnxruntime as ort  # noqa: E402

from models.emotion import export, gates, mish, quantize  # noqa: E402
from models.emotion.network import EmotionNetwork  # noqa: E402
from tests.models import small_networks  # noqa: E402
from tests.models.small_networks import SIZE_PX, WIDTHS, export_both, noise  # noqa: E402


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """(float, int8) of a small gated network whose values have a trained network's spread."""
    folder = tmp_path_factory.mktemp("gates")
    torch.manual_seed(0)
    network = EmotionNetwork(activation=mish.GatedMish, widths=WIDTHS)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
            torch.nn.init.ones_(module.weight)
    with torch.no_grad():
        network.train()(torch.randn(32, 1, SIZE_PX, SIZE_PX))
    return export_both(network, folder, pictures=64)


def run(path):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {export.INPUT: noise(8, seed=1)})[0]


def agreement(one, other):
    """Of two files; with random weights int8 is no closer than the figures below."""
    return small_networks.agreement(run(one), run(other))


def count(path, kind):
    return sum(node.op_type == kind for node in onnx.load(path).graph.node)


def test_one_product_and_one_table_are_left_of_a_gate(files):
    plain, small = files
    assert count(plain, "Sigmoid") == 50
    assert count(plain, "Mul") == 100
    assert count(small, "Sigmoid") == count(small, "Mul") == 50
    assert count(small, "Add") == 16  # the shortcuts alone


def test_folded_gates_answer_like_float(files):
    # Random weights on noise: with eight bits 0.91, with the seven that all processors add alike
    # 0.89; a wrong offset (below) is far from both.
    assert agreement(*files) > 0.87


def test_a_wrong_offset_would_be_seen(files, tmp_path, monkeypatch):
    monkeypatch.setattr(quantize, "OFFSET", -mish.OFFSET)
    wrong = tmp_path / "wrong.onnx"
    quantize.quantize(files[0], wrong, noise(64))
    assert agreement(files[0], wrong) < 0.8


def test_a_zero_point_outside_a_byte_leaves_the_gate_as_it_is(files, tmp_path, monkeypatch):
    fold = gates.fold_gates
    monkeypatch.setattr(gates, "fold_gates", lambda *_: 0.0)
    unfolded = tmp_path / "unfolded.onnx"
    quantize.quantize(files[0], unfolded, noise(64))
    before = run(unfolded)
    assert count(unfolded, "Mul") == 100

    fold(unfolded, mish.SLOPE, 1e4)

    assert count(unfolded, "Mul") == 100
    assert np.array_equal(run(unfolded), before)


def test_folding_twice_is_refused(files, tmp_path):
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(files[1].read_bytes())
    # Folded gates have no affine argument any more: folding again must say so, not guess.
    with pytest.raises(ValueError, match="is no gate of bx"):
        gates.fold_gates(copy, mish.SLOPE, mish.OFFSET)


def test_the_gate_is_mish_within_its_stated_error():
    x = torch.linspace(-30.0, 30.0, 60001, dtype=torch.float64)
    exact = x * torch.tanh(torch.nn.functional.softplus(x))
    error = (mish.gated_mish(x) - exact).abs().max().item()
    assert 0.9 * mish.GATED_ERROR < error <= mish.GATED_ERROR + 1e-4


def test_the_gate_s_gradient_is_its_own():
    x = torch.randn(64, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(mish.gated_mish, (x,))
    (expected,) = torch.autograd.grad(mish.gated_mish(x).sum(), x)
    ours = mish.gated_mish_backward(x.detach(), torch.ones_like(x))
    torch.testing.assert_close(ours, expected.detach())
