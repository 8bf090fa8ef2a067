"""model_trial.py: a network is shown a known face before a unit is given it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.domain import Box
from appliance.errors import ModelError
from appliance.inference.model_trial import TrialPicture, try_out
from appliance.inference.onnx_model import OnnxModel
from tests.inference.tiny_networks import (
    TensorProto,
    emotion_manifest,
    helper,
    save,
    save_detector,
    save_emotion,
    write_manifest,
)


@pytest.fixture
def picture() -> TrialPicture:
    """One bright square, which is a face to the tiny detector."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[16:32, 32:48] = 240
    return TrialPicture(image, Box(32, 16, 48, 32))


def self_tested(folder: Path, difference: float) -> Path:
    path = save_emotion(folder)
    x = np.random.default_rng(7).standard_normal((1, 1, 8, 8)).astype(np.float32)
    (output,) = OnnxModel(path, threads=1).run(x)
    output[0, 1] += difference
    test: dict[str, Any] = {"input_seed": 7, "output": output.tolist(), "tolerance": 0.05}
    write_manifest(path, emotion_manifest(self_test=test))
    return path


def test_good_networks_pass_and_give_their_manifest(tmp_path: Path, picture: TrialPicture) -> None:
    assert try_out(save_detector(tmp_path), picture).name == "tiny-faces"
    assert try_out(self_tested(tmp_path, 0.0), picture).name == "tiny-emotion"


def test_self_test_that_differs_is_refused(tmp_path: Path, picture: TrialPicture) -> None:
    with pytest.raises(ModelError, match=r"self test differently.*by 0\.400, at most 0\.050"):
        try_out(self_tested(tmp_path, 0.4), picture)


def test_self_test_without_numbers_is_refused(tmp_path: Path, picture: TrialPicture) -> None:
    with pytest.raises(ModelError, match="self test differently"):
        try_out(self_tested(tmp_path, float("nan")), picture)


def test_self_test_of_ragged_rows_is_a_mistake_of_the_manifest(
    tmp_path: Path, picture: TrialPicture
) -> None:
    path = save_emotion(tmp_path)
    test = {"input_seed": 7, "output": [[1.0, 2.0], [3.0]], "tolerance": 0.05}
    write_manifest(path, emotion_manifest(self_test=test))

    with pytest.raises(ModelError, match=r"self_test: .*rows of one length"):
        try_out(path, picture)


def test_detector_that_sees_nobody_is_refused(tmp_path: Path, picture: TrialPicture) -> None:
    path = save_detector(tmp_path, confidence_threshold=0.97)

    with pytest.raises(ModelError, match=r"does not find the face .*none at confidence 0\.97"):
        try_out(path, picture)


def test_detector_that_is_surer_elsewhere_is_refused(tmp_path: Path, picture: TrialPicture) -> None:
    picture.image[:16, :16] = 255

    with pytest.raises(ModelError, match=r"does not find the face .*2 elsewhere"):
        try_out(save_detector(tmp_path), picture)


def test_detection_of_another_size_is_no_find(tmp_path: Path, picture: TrialPicture) -> None:
    whole = TrialPicture(picture.image, Box(0, 0, 64, 64))

    with pytest.raises(ModelError, match="does not find the face"):
        try_out(save_detector(tmp_path), whole)


def test_emotion_network_that_breaks_down_on_a_face_is_refused(
    tmp_path: Path, picture: TrialPicture
) -> None:
    """Finite on an empty picture, so that only the face tells: 1 / (1 - max) overflows on it."""
    nodes = [
        helper.make_node("ReduceMax", ["faces"], ["brightest"], axes=[2, 3], keepdims=0),
        helper.make_node("Greater", ["brightest", "half"], ["is_bright"]),
        helper.make_node("Where", ["is_bright", "endless", "zero"], ["one"]),
        helper.make_node("Mul", ["one", "ones"], ["logits"]),
    ]
    constants = {
        "half": np.array([0.5], np.float32),
        "endless": np.array([np.inf], np.float32),
        "zero": np.array([0.0], np.float32),
        "ones": np.ones((1, 7), np.float32),
    }
    path = save(
        tmp_path / "broken.onnx",
        nodes,
        [("faces", ["n", 1, 8, 8])],
        [("logits", ["n", 7])],
        constants,
    )
    write_manifest(path, emotion_manifest())

    with pytest.raises(ModelError, match=r"gives no probabilities .*sum to nan"):
        try_out(path, picture)


def test_network_that_answers_in_whole_numbers_is_refused(
    tmp_path: Path, picture: TrialPicture
) -> None:
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["faces"], ["mean"], axes=[2, 3], keepdims=0),
            helper.make_node("Cast", ["mean"], ["logits"], to=TensorProto.INT64),
        ],
        "whole",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.INT64, ["n", 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = tmp_path / "whole.onnx"
    path.write_bytes(model.SerializeToString())
    write_manifest(path, emotion_manifest())

    with pytest.raises(ModelError, match=r"answers with tensor\(int64\) in logits"):
        try_out(path, picture)


def test_output_of_another_shape_than_seven_emotions_is_refused(
    tmp_path: Path, picture: TrialPicture
) -> None:
    path = save_detector(tmp_path)
    manifest = emotion_manifest()
    manifest["input"] |= {"name": "images", "size_px": [64, 64], "channels": 3, "colour": "rgb"}
    write_manifest(path, manifest)

    with pytest.raises(ModelError, match=r"answers with shape \(1, 16, 5\) for one face"):
        try_out(path, picture)


def test_output_that_does_not_fit_the_head_is_refused(
    tmp_path: Path, picture: TrialPicture
) -> None:
    path = save_detector(tmp_path, head={"kind": "yolov5-decoded"})

    with pytest.raises(ModelError, match="does not answer like the head yolov5-decoded"):
        try_out(path, picture)


def test_manifest_that_says_another_input_is_refused(tmp_path: Path, picture: TrialPicture) -> None:
    path = save_emotion(tmp_path)
    manifest = json.loads(path.with_suffix(".json").read_text("utf-8"))
    manifest["input"]["size_px"] = [8, 9]
    write_manifest(path, manifest)

    with pytest.raises(ModelError, match=r"its manifest says float \[N, 1, 8, 9\]"):
        try_out(path, picture)
