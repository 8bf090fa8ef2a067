"""Real ONNX networks of a few operators, whose answers can be worked out by hand.

The detector says "face" where a cell of its grid is bright; the emotion network says happiness
for a bright face, sadness for a dark one, and nothing in particular for a grey one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the package onnx builds the tests' networks")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from appliance.domain import EMOTIONS, Mood  # noqa: E402

GRID_PX = 64
CELL_PX = 16


def save(
    path: Path,
    nodes: Sequence[Any],
    inputs: Sequence[tuple[str, Sequence[Any]]],
    outputs: Sequence[tuple[str, Sequence[Any]]],
    constants: dict[str, np.ndarray],
) -> Path:
    """Write an ONNX file of float tensors; names and shapes as given."""
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def write_manifest(network: Path, manifest: dict[str, Any]) -> Path:
    """Put the manifest beside the network, with its real sha256."""
    manifest = {
        **manifest,
        "file": network.name,
        "sha256": hashlib.sha256(network.read_bytes()).hexdigest(),
    }
    path = network.with_suffix(".json")
    path.write_text(json.dumps(manifest), "utf-8")
    return path


def face_manifest(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": "tiny-faces",
        "version": "1",
        "task": "face-detection",
        "file": "",
        "sha256": "",
        "licence": "none",
        "card": "none",
        "input": {
            "name": "images",
            "size_px": [GRID_PX, GRID_PX],
            "channels": 3,
            "colour": "rgb",
            "scale": 1 / 255,
        },
        "letterbox": {"fill": 0, "align": "centre"},
        "head": {"kind": "xyxy-confidence"},
        "confidence_threshold": 0.5,
        "nms_iou": 0.45,
    } | changes


def emotion_manifest(**changes: Any) -> dict[str, Any]:
    zeros = dict.fromkeys(EMOTIONS, 0.0)
    return {
        "schema": 1,
        "name": "tiny-emotion",
        "version": "1",
        "task": "emotion",
        "file": "",
        "sha256": "",
        "licence": "none",
        "card": "none",
        "input": {
            "name": "faces",
            "size_px": [8, 8],
            "channels": 1,
            "colour": "grey",
            "scale": 1 / 255,
        },
        "labels": list(EMOTIONS),
        "expressions": {"happy": ["happiness"], "neutral": ["neutral"], "sad": ["sadness"]},
        "crop": {"scale": 1.0, "shift_y": 0.0},
        "abstain_below": 0.45,
        "affect": {
            "source": "made up",
            "valence": zeros | {"happiness": 0.8, "sadness": -0.6},
            "arousal": zeros | {"happiness": 0.5, "sadness": -0.3},
        },
    } | changes


def cell_boxes() -> np.ndarray:
    """Boxes ``xyxy`` [N, 4] of the grid's cells, row by row."""
    steps = np.arange(0, GRID_PX, CELL_PX, dtype=np.float32)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    corners = np.stack([x.ravel(), y.ravel()], axis=1)
    return np.concatenate([corners, corners + CELL_PX], axis=1)


def save_detector(folder: Path, **changes: Any) -> Path:
    """A cell's confidence is its mean brightness; its box is the cell."""
    boxes = cell_boxes()[None]
    cells = boxes.shape[1]
    nodes = [
        helper.make_node(
            "AveragePool", ["images"], ["pooled"], kernel_shape=[CELL_PX] * 2, strides=[CELL_PX] * 2
        ),
        helper.make_node("ReduceMean", ["pooled"], ["bright"], axes=[1], keepdims=1),
        helper.make_node("Reshape", ["bright", "column"], ["confidence"]),
        helper.make_node("Concat", ["boxes", "confidence"], ["detections"], axis=2),
    ]
    path = save(
        folder / "faces.onnx",
        nodes,
        [("images", [1, 3, GRID_PX, GRID_PX])],
        [("detections", [1, cells, 5])],
        {"boxes": boxes, "column": np.array([1, cells, 1], np.int64)},
    )
    write_manifest(path, face_manifest(**changes))
    return path


def save_emotion(folder: Path, **changes: Any) -> Path:
    """Logits: happiness 20 (m - 1/2), sadness 20 (1/2 - m), the others 0, with m the mean grey."""
    weights = np.zeros((1, 7), np.float32)
    weights[0, EMOTIONS.index("happiness")] = 20
    weights[0, EMOTIONS.index("sadness")] = -20
    nodes = [
        helper.make_node("ReduceMean", ["faces"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "weights", "bias"], ["logits"]),
    ]
    path = save(
        folder / "emotion.onnx",
        nodes,
        [("faces", ["n", 1, 8, 8])],
        [("logits", ["n", 7])],
        {"weights": weights, "bias": -weights[0] / 2},
    )
    write_manifest(path, emotion_manifest(**changes))
    return path


def mood_manifest(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": "tiny-mood",
        "version": "1",
        "task": "picture-mood",
        "file": "",
        "sha256": "",
        "licence": "none",
        "card": "none",
        "input": {
            "name": "pictures",
            "size_px": [8, 8],
            "channels": 3,
            "colour": "rgb",
            "scale": 1 / 255,
        },
        "labels": [mood.value for mood in Mood],
        "scale": {
            "source": "made up",
            "full_scale": 4.0,
            "error_valence": 0.5,
            "error_arousal": 0.5,
            "error_correlation": 0.0,
        },
    } | changes


def save_mood(folder: Path, **changes: Any) -> Path:
    """Valence 2 (r - b), arousal 2 (g - 1/2) of the mean red, green and blue in 0..1."""
    weights = np.array([[2, 0], [0, 2], [-2, 0]], np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["pictures"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["mean", "weights", "bias"], ["affect"]),
    ]
    path = save(
        folder / "mood.onnx",
        nodes,
        [("pictures", ["n", 3, 8, 8])],
        [("affect", ["n", 2])],
        {"weights": weights, "bias": np.array([0, -1], np.float32)},
    )
    write_manifest(path, mood_manifest(**changes))
    return path
