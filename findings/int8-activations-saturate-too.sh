#!/usr/bin/env bash
# ONNX Runtime 1.32.0 (CPU, x86-64) on a processor without VNNI; QEMU's Haswell is one.
# Seen: that products of unsigned bytes with eight-bit weights saturate there is known; a network
# quantized with SIGNED activations saturates in the same way, wrong by as many steps, for its bytes
# are made unsigned inside. Weights of seven bits, and unsigned weights, are exact.
# Expected by many: signed activations with signed weights (S8S8) are the safe choice.
# Needs qemu-x86_64 (Debian's qemu-user). Exits 0 while that is so, 1 once it has changed.
set -euo pipefail
command -v qemu-x86_64 >/dev/null || { echo "needs qemu-x86_64 (apt-get install qemu-user)"; exit 2; }
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 2>/dev/null
cat >"$folder/steps.py" <<'P'
"""Prints the largest error of each way, in output steps, against exact integer arithmetic."""
import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(3)
for name, act, weight, top in (
    ("uint8 x int8", np.uint8, np.int8, 127), ("int8 x int8", np.int8, np.int8, 127),
    ("uint8 x int8 of 7 bits", np.uint8, np.int8, 63), ("uint8 x uint8", np.uint8, np.uint8, 127),
):
    zero_a, zero_w = (0 if act is np.uint8 else -128), (128 if weight is np.uint8 else 0)
    kernel = np.where(rng.random((8, 32, 3, 3)) < 0.9, top, -top)
    x = rng.integers(200, 256, (1, 32, 12, 12))
    scale = {"a": np.float32(1 / 255), "w": np.float32(1 / top), "o": np.float32(288 * 255 / 127 / 255)}
    stored = {"sa": scale["a"], "za": act(zero_a), "sw": scale["w"], "zw": weight(zero_w),
              "so": scale["o"], "zo": act(zero_a), "k": (kernel + zero_w).astype(weight)}
    node = helper.make_node
    nodes = [node("QuantizeLinear", ["x", "sa", "za"], ["q"]), node("DequantizeLinear", ["q", "sa", "za"], ["d"]),
             node("DequantizeLinear", ["k", "sw", "zw"], ["w"]), node("Conv", ["d", "w"], ["c"]),
             node("QuantizeLinear", ["c", "so", "zo"], ["r"]), node("DequantizeLinear", ["r", "so", "zo"], ["y"])]
    graph = helper.make_graph(nodes, "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 10, 10])],
                              [numpy_helper.from_array(np.asarray(v), k) for k, v in stored.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {"x": (x / 255).astype(np.float32)})[0]
    view = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))
    exact = np.einsum("nchwij,ocij->nohw", view, kernel) / 255 / top
    print(f"{name}: {np.abs(found - exact).max() / scale['o']:.1f} steps")
P
there=$(qemu-x86_64 -cpu Haswell "$folder/venv/bin/python" "$folder/steps.py" 2>/dev/null)
printf 'Largest error without VNNI:\n%s\n' "$there"
steps() { grep "^$1:" <<<"$there" | grep -oE '[0-9]+\.[0-9]+'; }
awk -v a="$(steps 'uint8 x int8')" -v b="$(steps 'int8 x int8')" -v c="$(steps 'uint8 x int8 of 7 bits')" \
    -v d="$(steps 'uint8 x uint8')" 'BEGIN { exit !(a > 2 && b > 2 && c <= 0.6 && d <= 0.6) }'
