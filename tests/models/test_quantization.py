"""Weights of seven bits: no product saturates, sums stay, and a network with eight is refused."""

import shutil
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from appliance.inference import shipped_models_dir
from models import quantization
from models.commands import TrainingDataError

CHANNELS, SIDE = 16, 8


class Batches(CalibrationDataReader):
    def __init__(self):
        rng = np.random.default_rng(0)
        self._left = [rng.random((1, CHANNELS, SIDE, SIDE), np.float32) for _ in range(4)]

    def get_next(self):
        return {"x": self._left.pop()} if self._left else None


@pytest.fixture
def plain(tmp_path):
    """A float convolution whose weights all reach their largest: where pairs saturate."""
    rng = np.random.default_rng(1)
    weight = rng.choice([-1.0, 1.0], (4, CHANNELS, 3, 3)).astype(np.float32)
    weight[0] = 1.0
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w", "b"], ["y"], "conv", pads=[1, 1, 1, 1])],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, SIDE, SIDE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, SIDE, SIDE])],
        [
            numpy_helper.from_array(weight, "w"),
            numpy_helper.from_array(np.array([3.0, -2.0, 0.5, 0.0], np.float32), "b"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    path = tmp_path / "plain.onnx"
    onnx.save(model, path)
    return path


def eight_bits(source, target):
    quantize_static(
        str(source),
        str(target),
        Batches(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )


def answer(path):
    x = np.random.default_rng(5).random((1, CHANNELS, SIDE, SIDE), np.float32)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def test_a_quantized_network_keeps_to_seven_bits_and_to_its_answers(plain, tmp_path):
    small = tmp_path / "small.onnx"
    quantization.static_int8(plain, small, Batches(), ["Conv"])
    assert 0 < quantization.largest_weight(small) <= 64
    expected = answer(plain)
    assert np.abs(answer(small) - expected).max() < 0.03 * np.abs(expected).max()


def test_eight_bits_are_refused_with_what_to_do(plain, tmp_path):
    large = tmp_path / "large.onnx"
    eight_bits(plain, large)
    assert quantization.largest_weight(large) == 127
    with pytest.raises(ValueError, match=r"quantize it with models\.quantization"):
        quantization.check(large)


def test_a_network_whose_float_form_is_gone_gets_seven_bits_and_its_bias_follows(plain, tmp_path):
    large, small = tmp_path / "large.onnx", tmp_path / "small.onnx"
    eight_bits(plain, large)
    quantization.to_seven_bits(large, small)
    assert quantization.largest_weight(small) <= 64
    expected = answer(plain)
    assert np.abs(answer(small) - expected).max() < 0.03 * np.abs(expected).max()


def test_halves_go_up_and_down_so_that_sums_stay():
    steps = np.random.default_rng(3).integers(-127, 128, (20, 16, 3, 3)).astype(np.int8)
    small = quantization.halved(steps)
    error = 2 * small.astype(int) - steps
    assert np.abs(error).max() == 1
    assert np.abs(error.reshape(20, -1).sum(axis=1)).max() <= 1
    assert np.abs(small).max() <= 64


def test_what_is_not_int8_is_refused(plain, tmp_path):
    with pytest.raises(TrainingDataError, match="has no int8 weights"):
        quantization.to_seven_bits(plain, tmp_path / "out.onnx")


@pytest.mark.parametrize("path", sorted(shipped_models_dir().glob("*.onnx")), ids=lambda p: p.stem)
def test_no_shipped_network_can_saturate(path):
    quantization.check(path)


def test_an_emulated_processor_without_vnni_adds_seven_bits_right_and_eight_wrong(plain, tmp_path):
    """ONNX Runtime 1.32.0: only there, and only with eight, pairs of products saturate."""
    emulator = shutil.which("qemu-x86_64")
    if emulator is None:
        pytest.skip("NO qemu-x86_64 (Debian's qemu-user): no other processor was tried")
    large, small = tmp_path / "large.onnx", tmp_path / "small.onnx"
    eight_bits(plain, large)
    quantization.to_seven_bits(large, small)
    code = (
        "import sys, numpy as np, onnxruntime as ort\n"
        f"x = np.random.default_rng(5).random((1, {CHANNELS}, {SIDE}, {SIDE}), np.float32)\n"
        "def run(path):\n"
        "    session = ort.InferenceSession(path, providers=['CPUExecutionProvider'])\n"
        "    return session.run(None, {'x': x})[0]\n"
        "np.savez(sys.argv[3], large=run(sys.argv[1]), small=run(sys.argv[2]))\n"
    )
    out = tmp_path / "there.npz"
    subprocess.run(
        [emulator, "-cpu", "Haswell", sys.executable, "-c", code, large, small, out],
        check=True,
        capture_output=True,
    )
    there = np.load(out)
    assert np.array_equal(there["small"], answer(small))
    expected = answer(plain)
    wrong = np.abs(there["large"] - expected).max() / np.abs(expected).max()
    assert wrong > 0.1, "eight bits are right there too: are seven still needed?"
