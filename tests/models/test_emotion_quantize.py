"""Export and int8 on a small network with ResNet50's blocks: same answers, seven logits."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
onnx = pytest.importorskip("onnx", reason="needs onnx: pip install .[train]")

import onnxruntime as ort  # noqa: E402

from models.emotion import export  # noqa: E402
from models.emotion.mish import CLAMP  # noqa: E402
from tests.models.small_networks import SIZE_PX, agreement, export_both, noise, small_network  # noqa: E402


@pytest.fixture(scope="module")
def network():
    return small_network()


@pytest.fixture(scope="module")
def files(network, tmp_path_factory):
    return export_both(network, tmp_path_factory.mktemp("onnx"))


def run(path, faces):
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {export.INPUT: faces})[0]


@pytest.fixture(scope="module")
def faces():
    return noise(5, seed=1)


def test_export_answers_like_pytorch_for_any_number_of_faces(files, network, faces):
    with torch.no_grad():
        expected = network(torch.from_numpy(faces)).numpy()
    assert run(files[0], faces) == pytest.approx(expected, abs=1e-4)
    assert run(files[0], faces[:1]) == pytest.approx(expected[:1], abs=1e-4)


def test_int8_stays_close_to_float(files, faces):
    plain, small = run(files[0], faces), run(files[1], faces)
    assert small.shape == (5, 7)
    assert agreement(small, plain) > 0.9
    assert not np.array_equal(small, plain)


def test_every_convolution_but_the_first_is_int8_per_channel(files):
    graph = onnx.load(files[1]).graph
    made_by = {name: node for node in graph.node for name in node.output}
    scales = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    weights = [made_by.get(node.input[1]) for node in convolutions]
    assert len(convolutions) == 54
    assert weights[0] is None
    for node, weight in zip(convolutions[1:], weights[1:], strict=True):
        assert weight is not None, node.name
        assert weight.op_type == "DequantizeLinear"
        assert scales[weight.input[1]].size == scales[weight.input[0]].shape[0]


def test_mish_is_exported_in_its_rational_form(files):
    graph = onnx.load(files[0]).graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("Exp") == kinds.count("Div") == 50
    assert not {"Relu", "Tanh", "Softplus", "Mish"} & set(kinds)
    values = {
        name: onnx.numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant"
        for name in node.output
    }
    values |= {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    limits = [float(values[node.input[2]]) for node in graph.node if node.op_type == "Clip"]
    assert limits == [CLAMP] * 50


def test_a_graph_that_differs_from_pytorch_is_refused(network, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(ValueError, match="differs from PyTorch"):
        export.export(network, SIZE_PX, tmp_path / "network.onnx")
