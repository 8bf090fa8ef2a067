"""model_manifest.py: what a sidecar may say, and every mistake told at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import ModelError
from appliance.inference.model_manifest import (
    EmotionManifest,
    FaceManifest,
    YoloV8DflHead,
    load_manifest,
)
from tests.inference.tiny_networks import emotion_manifest, face_manifest


def written(folder: Path, manifest: dict[str, Any]) -> Path:
    path = folder / "network.json"
    path.write_text(json.dumps({**manifest, "file": "network.onnx", "sha256": "0" * 64}), "utf-8")
    return path


def test_face_manifest_is_found_beside_its_onnx_file(tmp_path: Path) -> None:
    head = {"kind": "yolov8-dfl", "strides": [8, 16, 32], "reg_max": 16, "landmarks": 5}
    written(tmp_path, face_manifest(head=head))

    manifest = load_manifest(tmp_path / "network.onnx")

    assert isinstance(manifest, FaceManifest)
    assert isinstance(manifest.head, YoloV8DflHead)
    assert manifest.head.landmarks == 5
    assert manifest.input.size_px == (64, 64)


def test_emotion_manifest_keeps_its_expressions_and_temperature(tmp_path: Path) -> None:
    path = written(tmp_path, emotion_manifest(temperature=1.4))

    manifest = load_manifest(path)

    assert isinstance(manifest, EmotionManifest)
    assert manifest.temperature == pytest.approx(1.4)
    assert manifest.expressions["sad"] == ("sadness",)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    manifest = face_manifest(confidense_threshold=0.3, nms_iou=1.5)
    del manifest["licence"]
    path = written(tmp_path, manifest)

    with pytest.raises(ModelError) as caught:
        load_manifest(path)

    message = str(caught.value)
    assert str(path) in message
    assert "confidense_threshold: is not a known key" in message
    assert "licence: is missing" in message
    assert "nms_iou:" in message
    assert "\n" not in message


def test_mistake_in_the_head_is_named_by_its_key(tmp_path: Path) -> None:
    path = written(tmp_path, face_manifest(head={"kind": "yolov8-dfl", "reg_max": 16}))

    with pytest.raises(ModelError, match=r"head\.strides: is missing"):
        load_manifest(path)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"labels": ["happiness", "neutral"]}, "labels must be neutral, happiness"),
        ({"expressions": {"happy": ["happiness"]}}, "expressions lacks neutral, sad"),
        ({"affect": {"source": "x", "valence": {}, "arousal": {}}}, "needs exactly the keys"),
        ({"schema": 2}, "schema"),
        ({"task": "hands"}, "task"),
    ],
)
def test_emotion_manifest_that_does_not_fit_the_unit_is_refused(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    path = written(tmp_path, emotion_manifest(**changes))

    with pytest.raises(ModelError, match=complaint):
        load_manifest(path)


def test_colour_must_go_with_the_channels(tmp_path: Path) -> None:
    manifest = emotion_manifest()
    manifest["input"]["channels"] = 3
    path = written(tmp_path, manifest)

    with pytest.raises(ModelError, match="'grey' does not go with 3 channels"):
        load_manifest(path)


def test_file_must_lie_beside_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "network.json"
    path.write_text(json.dumps(face_manifest(file="../other.onnx", sha256="0" * 64)), "utf-8")

    with pytest.raises(ModelError, match="file:"):
        load_manifest(path)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"task": "hands"}, r"task: 'hands' is none of 'face-detection', 'emotion'"),
        ({"head": {"kind": "yolo99"}}, r"head\.kind: 'yolo99' is none of 'xyxy-confidence', "),
        ({"head": {}}, r"head\.kind: is missing"),
    ],
)
def test_what_a_manifest_must_choose_is_named(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    manifest = face_manifest(file="network.onnx", sha256="0" * 64) | changes
    (tmp_path / "network.json").write_text(json.dumps(manifest), "utf-8")

    with pytest.raises(ModelError, match=complaint):
        load_manifest(tmp_path / "network.json")


def test_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"No manifest .*network\.json"):
        load_manifest(tmp_path / "network.onnx")


def test_manifest_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network.json").write_text("{", "utf-8")

    with pytest.raises(ModelError, match=r"network\.json is wrong"):
        load_manifest(tmp_path / "network.json")
