"""A face and its mirror image get one answer, also in int8 and after being read back."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
onnx = pytest.importorskip("onnx", reason="needs onnx: pip install .[train]")

import onnxruntime as ort  # noqa: E402

from models.emotion import export, from_onnx  # noqa: E402
from models.emotion.mirrored import Mirrored  # noqa: E402
from tests.models.small_networks import agreement, export_both, noise, small_network  # noqa: E402


@pytest.fixture(scope="module")
def network():
    return small_network("gated-mish")


@pytest.fixture(scope="module")
def files(network, tmp_path_factory):
    return export_both(Mirrored(network), tmp_path_factory.mktemp("mirrored"))


def run(path, faces):
    return ort.InferenceSession(str(path)).run(None, {export.INPUT: faces})[0]


def test_the_answer_is_the_mean_of_both_sides(files, network):
    faces = noise(5, seed=1)
    with torch.no_grad():
        sides = [network(torch.from_numpy(x.copy())).numpy() for x in (faces, faces[..., ::-1])]
    assert np.abs(sides[0] - sides[1]).max() > 1e-3
    assert run(files[0], faces) == pytest.approx((sides[0] + sides[1]) / 2, abs=1e-4)


@pytest.mark.parametrize("which", [0, 1], ids=["float", "int8"])
def test_a_face_and_its_mirror_image_are_answered_alike(files, which):
    faces = noise(3, seed=2)
    assert run(files[which], faces) == pytest.approx(run(files[which], faces[..., ::-1]), abs=1e-5)
    # And each by itself, not mixed up with its neighbours in the batch.
    assert run(files[which], faces)[1:2] == pytest.approx(run(files[which], faces[1:2]), abs=1e-5)


def test_one_side_alone_is_read_back(files, network):
    faces = torch.from_numpy(noise(20, seed=1))
    read = from_onnx.load(files[0])
    with torch.no_grad():
        assert read(faces).numpy() == pytest.approx(network(faces).numpy(), abs=1e-4)
        assert agreement(from_onnx.load(files[1])(faces).numpy(), network(faces).numpy()) > 0.99
