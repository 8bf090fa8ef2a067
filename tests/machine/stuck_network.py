"""An emotion network that never answers once it is shown a face.

A loop without an end, entered where the picture has any light in it; the picture with which a
network is tried before it is used is black.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.inference.tiny_networks import (
    TensorProto,
    emotion_manifest,
    helper,
    save,
    write_manifest,
)


def save_stuck_emotion(folder: Path) -> Path:
    """The network with its manifest, as ``stuck.onnx``."""
    scalar = [1]
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["goes_on"], ["goes_on_again"]),
            helper.make_node("Identity", ["carried"], ["carried_again"]),
        ],
        "round",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried", TensorProto.FLOAT, scalar),
        ],
        [
            helper.make_tensor_value_info("goes_on_again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("carried_again", TensorProto.FLOAT, scalar),
        ],
    )
    nodes = [
        helper.make_node("ReduceMax", ["faces"], ["light"], keepdims=0),
        helper.make_node("Greater", ["light", "dark"], ["is_light"]),
        helper.make_node("Loop", ["", "is_light", "nothing"], ["zero"], body=body),
        helper.make_node("ReduceMean", ["faces"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["scaled"]),
        helper.make_node("Add", ["scaled", "zero"], ["logits"]),
    ]
    constants = {
        "dark": np.array(0, np.float32),
        "nothing": np.zeros(1, np.float32),
        "weights": np.ones((1, 7), np.float32),
    }
    path = save(
        folder / "stuck.onnx",
        nodes,
        [("faces", ["n", 1, 8, 8])],
        [("logits", ["n", 7])],
        constants,
    )
    write_manifest(path, emotion_manifest())
    return path
