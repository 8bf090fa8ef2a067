"""An exported network, float or int8, is read back as the network it was."""

import copy
import tarfile

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
onnx = pytest.importorskip("onnx", reason="needs onnx: pip install .[train]")

import onnxruntime as ort  # noqa: E402

from appliance.errors import ModelError  # noqa: E402
from appliance.inference import shipped_models_dir  # noqa: E402
from models.emotion import export, from_onnx, normalisation  # noqa: E402
from models.emotion.augment import resize, standardise  # noqa: E402
from models.emotion.mirrored import Mirrored  # noqa: E402
from models.emotion.mish import ACTIVATIONS  # noqa: E402
from tests.models.small_networks import (  # noqa: E402
    SIZE_PX,
    WIDTHS,
    agreement,
    export_both,
    noise,
    small_network,
)

SHIPPED = shipped_models_dir() / "emotion_resnet50_mish_int8.onnx"
EVERY = 60


@pytest.fixture(scope="module", params=sorted(ACTIVATIONS))
def activation(request):
    return request.param


@pytest.fixture(scope="module")
def network(activation):
    return small_network(activation)


@pytest.fixture(scope="module")
def files(network, tmp_path_factory):
    return export_both(network, tmp_path_factory.mktemp("onnx"))


@pytest.fixture(scope="module")
def faces():
    return torch.from_numpy(noise(20, seed=1))


def answers(network, faces):
    with torch.no_grad():
        return network(faces).numpy()


def test_a_float_file_gives_the_network_back(files, network, faces):
    read = from_onnx.load(files[0])
    assert answers(read, faces) == pytest.approx(answers(network, faces), abs=1e-4)


def test_an_int8_file_gives_nearly_the_network_back(files, network, faces):
    expected = answers(network, faces)
    found = answers(from_onnx.load(files[1]), faces)
    assert agreement(found, expected) > 0.99
    assert not np.array_equal(found, expected)


def test_activation_is_read_from_the_graph(files, activation):
    assert [from_onnx.activation_of(path) for path in files] == [activation] * 2


def test_widths_are_read_from_the_weights(files):
    assert from_onnx.widths_of(from_onnx.load(files[1])) == WIDTHS


def test_what_was_read_exports_to_the_same_answers(files, faces, tmp_path):
    export.export(from_onnx.load(files[0]), SIZE_PX, tmp_path / "again.onnx")
    first, again = (
        ort.InferenceSession(str(path)).run(None, {export.INPUT: faces.numpy()})[0]
        for path in (files[0], tmp_path / "again.onnx")
    )
    assert again == pytest.approx(first, abs=1e-4)


def test_restored_normalisations_answer_alike_and_can_be_trained_on(files, faces):
    read = from_onnx.load(files[0])
    expected = answers(read, faces)
    shown = torch.from_numpy(noise(64))
    training = copy.deepcopy(read).train()
    before = agreement(answers(read, shown), answers(training, shown))

    normalisation.restore(read, shown.split(16))

    assert answers(read, faces) == pytest.approx(expected, abs=1e-4)
    training = copy.deepcopy(read).train()
    assert agreement(answers(read, shown), answers(training, shown)) > 0.999 > before


def test_weights_under_wrong_names_are_noticed(tmp_path):
    model = onnx.load(str(SHIPPED))
    by_name = {node.name: node for node in model.graph.node}
    first, second = (by_name[f"/blocks/blocks.{n}/spatial/spatial.0/Conv"] for n in (1, 2))
    first.name, second.name = second.name, first.name
    onnx.save(model, str(tmp_path / "swapped.onnx"))
    with pytest.raises(ModelError, match="was not read right"):
        from_onnx.load(tmp_path / "swapped.onnx")


def test_another_architecture_is_refused():
    with pytest.raises(ModelError, match="face_yolo_320"):
        from_onnx.load(shipped_models_dir() / "face_yolo_320.onnx", "mish")


@pytest.mark.parametrize(
    ("node", "module"),
    [
        ("/stem/stem.3/Conv", "stem.3"),
        ("/blocks/blocks.0/reduce/reduce.0/Conv", "blocks.0.reduce.0"),
        ("/blocks/blocks.13/shortcut/shortcut.1/shortcut.1.0/Conv", "blocks.13.shortcut.1.0"),
    ],
)
def test_a_node_is_named_after_its_module(node, module):
    assert from_onnx.module_of(node) == module


def test_the_shipped_network_answers_real_pictures_alike(test_data):
    archive = test_data / "expression-photos.tar"
    if not archive.is_file():
        pytest.skip(f"NO {archive}: the shipped network is not compared on real pictures")
    size_px = ort.InferenceSession(str(SHIPPED)).get_inputs()[0].shape[-1]
    pictures = []
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.name.endswith(".jpg")]
        for member in members[::EVERY]:
            data = np.frombuffer(tar.extractfile(member).read(), np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
            pictures.append(cv2.resize(picture, (size_px, size_px), interpolation=cv2.INTER_AREA))
    faces = standardise(resize(torch.from_numpy(np.stack(pictures)), size_px))
    theirs = ort.InferenceSession(str(SHIPPED)).run(None, {export.INPUT: faces.numpy()})[0]
    ours = answers(Mirrored(from_onnx.load(SHIPPED)), faces)
    assert len(pictures) > 100
    assert (ours.argmax(1) == theirs.argmax(1)).mean() > 0.95
    assert np.abs(ours - theirs).mean() < 0.1
