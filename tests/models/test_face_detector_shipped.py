"""The shipped face networks: whole, small, and as good as their card says."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from appliance.inference import shipped_models_dir
from appliance.inference.model_manifest import load_manifest
from models.face_detector.matching import curve, match
from models.face_detector.pictures import LabelledPicture, load_faces
from models.face_detector.shipped import ShippedFinder
from models.face_detector.signage import approach, watch

SIZES_PX = (320, 416)
ROOT = Path(__file__).resolve().parents[2]


def data_folder(part: str) -> Path:
    """The folder with `part` in it, or a skip that says what is missing."""
    data = Path(os.environ.get("APPLIANCE_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not (data / part).exists():
        pytest.skip(f"{data / part} is absent: set APPLIANCE_TEST_DATA to the data's folder")
    return data


@pytest.fixture(scope="module", params=SIZES_PX)
def finder(request: pytest.FixtureRequest) -> ShippedFinder:
    path = shipped_models_dir() / f"face_yolo_{request.param}.onnx"
    return ShippedFinder(path, threads=2, least_confidence=0.05)


@pytest.fixture(scope="module")
def photographs() -> list[LabelledPicture]:
    """Every twelfth photograph of faces/valid, from the tar file."""
    return load_faces(data_folder("faces.tar"), "valid", every=12)


@pytest.mark.parametrize("size_px", SIZES_PX)
def test_each_file_is_the_one_its_manifest_describes(size_px: int) -> None:
    path = shipped_models_dir() / f"face_yolo_{size_px}.onnx"
    manifest = load_manifest(path)
    assert manifest.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert manifest.input.size_px == (size_px, size_px)
    assert path.stat().st_size < 4_000_000


def test_both_sizes_carry_the_same_weights() -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: weights are not compared")
    first, second = (
        {
            tensor.name: tensor.raw_data
            for tensor in onnx.load(
                shipped_models_dir() / f"face_yolo_{size}.onnx"
            ).graph.initializer
            if len(tensor.dims) == 4
        }
        for size in SIZES_PX
    )
    assert len(first) > 20
    assert first == second


def test_photographs_kept_apart(finder: ShippedFinder, photographs: list[LabelledPicture]) -> None:
    matches = [
        match(finder(p.pixels), p.boxes, p.ignored, max(p.pixels.shape[:2])) for p in photographs
    ]
    result = curve(matches)
    recall, false_alarms = result.at_threshold(finder.detector.manifest.confidence_threshold)
    assert result.faces > 100
    assert recall >= 0.85
    assert false_alarms <= 0.3


def test_the_smiling_man_is_seen_in_almost_every_frame(finder: ShippedFinder) -> None:
    data = data_folder("video/head-pose-face-detection-male.gif")
    video = data / "video" / "head-pose-face-detection-male.gif"
    threshold = finder.detector.manifest.confidence_threshold
    assert watch(finder, video, threshold)["with_face"] >= 0.95


def test_people_from_above_are_no_faces(finder: ShippedFinder) -> None:
    video = data_folder("video/people-detection.gif") / "video" / "people-detection.gif"
    threshold = finder.detector.manifest.confidence_threshold
    assert watch(finder, video, threshold)["faces"] == 0.0


def test_an_approaching_face_is_found_from_far_to_near(finder: ShippedFinder) -> None:
    threshold = finder.detector.manifest.confidence_threshold
    seen = approach(finder, threshold)
    near = {height: found for height, (found, _) in seen.items() if height >= 32}
    assert [height for height, found in near.items() if found < threshold] == []
