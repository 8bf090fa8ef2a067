#!/usr/bin/env bash
# ONNX Runtime 1.32.0 (CPU, x86-64), session option session.x64quantprecision = 1.
# The option makes 8-bit weights exact on processors whose byte products saturate in 16 bits.
# Seen: a quantized network in which two convolutions share their weights, or share nothing but the
# zero point of their weights (0, as symmetric quantization gives it), is valid and loads without the
# option; with it the session is refused: "Attempt to replace the existing tensor".
# Expected: it loads, as the same network does when each weight has a zero point of its own.
# Exits 0 while that is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6 2>/dev/null
"$folder/venv/bin/python" - 2>/dev/null <<'P'
import sys
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

SHAPE = [1, 4, 8, 8]


def network(weights: str, zeros: str) -> bytes:
    """Two convolutions of two inputs; weight and zero point are named by these letters."""
    kernel = np.random.default_rng(0).integers(-127, 128, (4, 4, 3, 3)).astype(np.int8)
    constants = {"step": np.float32(0.02), "place": np.uint8(0), "weight_step": np.float32(0.01)}
    constants |= {f"kernel_{name}": kernel for name in weights}
    constants |= {f"zero_{name}": np.int8(0) for name in zeros}
    node, nodes = helper.make_node, []
    for n, (weight, zero) in enumerate(zip(weights, zeros)):
        read = [f"kernel_{weight}", "weight_step", f"zero_{zero}"]
        nodes += [
            node("QuantizeLinear", [f"x{n}", "step", "place"], [f"bytes{n}"]),
            node("DequantizeLinear", [f"bytes{n}", "step", "place"], [f"in{n}"]),
            node("DequantizeLinear", read, [f"w{n}"]),
            node("Conv", [f"in{n}", f"w{n}"], [f"out{n}"], pads=[1] * 4),
            node("QuantizeLinear", [f"out{n}", "step", "place"], [f"rounded{n}"]),
            node("DequantizeLinear", [f"rounded{n}", "step", "place"], [f"y{n}"]),
        ]
    values = {k: [helper.make_tensor_value_info(f"{k}{n}", TensorProto.FLOAT, SHAPE) for n in (0, 1)] for k in "xy"}
    stored = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "two", values["x"], values["y"], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def loads(weights: str, zeros: str, exact: bool) -> bool:
    options = ort.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1" if exact else "0")
    try:
        ort.InferenceSession(network(weights, zeros), options, providers=["CPUExecutionProvider"])
    except Exception as exc:
        assert "replace the existing tensor" in str(exc), exc
        return False
    return True


seen = {(w, z): (loads(w, z, False), loads(w, z, True)) for w in ("ab", "aa") for z in ("cd", "cc")}
for (weights, zeros), (plain, exact) in seen.items():
    print(f"weights {'shared' if weights == 'aa' else 'apart '} zero points {'shared' if zeros == 'cc' else 'apart '}"
          f" loads {plain}, with the option {exact}")
expected = {("ab", "cd"): (True, True), ("ab", "cc"): (True, False), ("aa", "cd"): (True, False), ("aa", "cc"): (True, False)}
sys.exit(seen != expected)
P
