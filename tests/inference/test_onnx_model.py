"""onnx_model.py: a file is opened only when it is the one its manifest describes."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.errors import ModelError
from appliance.inference.onnx_model import OnnxModel
from tests.inference.tiny_networks import (
    emotion_manifest,
    face_manifest,
    save_detector,
    save_emotion,
    write_manifest,
)


def test_network_runs_and_says_its_batch(tmp_path: Path) -> None:
    emotion = OnnxModel(save_emotion(tmp_path), threads=1)
    faces = OnnxModel(save_detector(tmp_path), threads=1)

    (logits,) = emotion.run(np.ones((3, 1, 8, 8), np.float32))

    assert logits[:, 1] == pytest.approx([10, 10, 10])
    assert emotion.batch is None
    assert faces.batch == 1
    assert faces.output_names == ("detections",)


def test_network_is_found_from_its_manifest_too(tmp_path: Path) -> None:
    path = save_emotion(tmp_path)

    assert OnnxModel(path.with_suffix(".json"), threads=1).path == path


def test_missing_onnx_file_is_named(tmp_path: Path) -> None:
    path = save_emotion(tmp_path)
    path.unlink()

    with pytest.raises(ModelError, match=r"No network .*emotion\.onnx"):
        OnnxModel(path)


def test_other_bytes_than_the_manifest_s_are_refused(tmp_path: Path) -> None:
    path = save_emotion(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0")

    with pytest.raises(ModelError, match="is not the file its manifest describes"):
        OnnxModel(path)


def test_damaged_onnx_file_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "emotion.onnx"
    path.write_bytes(b"no network at all")
    write_manifest(path, emotion_manifest())

    with pytest.raises(ModelError, match=r"emotion\.onnx cannot be opened") as caught:
        OnnxModel(path)

    assert "\n" not in str(caught.value)


def test_input_name_must_be_the_manifest_s(tmp_path: Path) -> None:
    path = save_emotion(tmp_path)
    manifest = emotion_manifest()
    manifest["input"]["name"] = "x"
    write_manifest(path, manifest)

    with pytest.raises(ModelError, match=r"has input faces, its manifest says x"):
        OnnxModel(path)


def test_input_shape_must_be_the_manifest_s(tmp_path: Path) -> None:
    path = save_detector(tmp_path)
    manifest = face_manifest()
    manifest["input"]["size_px"] = [64, 96]
    write_manifest(path, manifest)

    with pytest.raises(ModelError, match=r"its manifest says float \[N, 3, 64, 96\]"):
        OnnxModel(path)


def test_wrong_tensor_at_run_time_is_a_model_error(tmp_path: Path) -> None:
    model = OnnxModel(save_emotion(tmp_path), threads=1)

    with pytest.raises(ModelError, match="failed to run"):
        model.run(np.zeros((1, 1, 9, 8), np.float32))


def self_tested(folder: Path, difference: float) -> Path:
    path = save_emotion(folder)
    x = np.random.default_rng(7).standard_normal((1, 1, 8, 8)).astype(np.float32)
    (output,) = OnnxModel(path, threads=1).run(x)
    output[0, 1] += difference
    test: dict[str, Any] = {"input_seed": 7, "output": output.tolist(), "tolerance": 0.05}
    write_manifest(path, emotion_manifest(self_test=test))
    return path


def test_self_test_that_agrees_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = OnnxModel(self_tested(tmp_path, 0.0), threads=1)

    assert model.self_test_difference == pytest.approx(0.0, abs=1e-4)
    assert caplog.records == []


def test_self_test_that_disagrees_warns_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        model = OnnxModel(self_tested(tmp_path, 0.4), threads=1)

    assert model.self_test_difference == pytest.approx(0.4, abs=1e-3)
    assert "answers differently on this processor" in caplog.text


def test_self_test_of_another_shape_is_refused(tmp_path: Path) -> None:
    path = self_tested(tmp_path, 0.0)
    manifest = json.loads(path.with_suffix(".json").read_text("utf-8"))
    manifest["self_test"]["output"] = [[1.0, 2.0]]
    write_manifest(path, manifest)

    with pytest.raises(ModelError, match="self_test"):
        OnnxModel(path)
