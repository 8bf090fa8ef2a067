"""Gates x · σ(bx + c) in an int8 graph: the affine argument costs nothing.

ONNX Runtime computes a sigmoid of int8 values by a table of 256 entries, whatever scale and zero
point the values are said to have. So σ(bx + c) reads the very bytes of x under another scale,
b · s, and another zero point, z − c/(b·s): the multiplication and the addition disappear.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, helper, numpy_helper

LEVELS = 255


def constants_to_initializers(path: Path) -> None:
    """Turn the graph's Constant nodes into initializers, which the quantizer folds."""
    model = onnx.load(path)
    for node in [node for node in model.graph.node if node.op_type == "Constant"]:
        value = node.attribute[0].t
        value.name = node.output[0]
        model.graph.initializer.append(value)
        model.graph.node.remove(node)
    onnx.save(model, path)


class _Graph:
    """A quantized graph with its producers and constants at hand."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self.by_output = {name: node for node in self.graph.node for name in node.output}
        self.constants = {item.name: numpy_helper.to_array(item) for item in self.graph.initializer}

    def before_rounding(self, name: str) -> NodeProto | None:
        """The operator whose result is rounded to bytes and read back as `name`, if any."""
        made: NodeProto | None = None
        for _ in range(3):  # reading back, rounding, the operator
            made = self.by_output.get(name)
            if made is None:
                return None
            name = made.input[0]
        return made

    def source_of(self, gate: NodeProto) -> NodeProto | None:
        """What reads x back for a gate σ(bx + c); None when the sigmoid is no such gate."""
        addition = self.before_rounding(gate.input[0])
        if addition is None or addition.op_type != "Add":
            return None
        product = self.before_rounding(addition.input[0])
        if product is None or product.op_type != "Mul":
            return None
        source = self.by_output.get(product.input[0])
        if source is None or not set(source.input[1:]) <= set(self.constants):
            return None
        return source

    def add_constant(self, name: str, value: np.generic) -> str:
        self.graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def prune(self) -> None:
        """Drop what nothing reads."""
        wanted = {output.name for output in self.graph.output}
        for node in reversed(list(self.graph.node)):
            if any(name in wanted for name in node.output):
                wanted.update(node.input)
            else:
                self.graph.node.remove(node)
        for item in [item for item in self.graph.initializer if item.name not in wanted]:
            self.graph.initializer.remove(item)


def fold_gates(path: Path, slope: float, offset: float) -> float:
    """Let every σ(slope · x + offset) of the quantized graph at `path` read x itself.

    A gate whose zero point would leave a byte keeps its multiplication and addition, in int8.
    Returns the largest shift of a gate's argument that rounding its zero point costs (at most
    half a step of x times the slope); raises ValueError when a sigmoid is no gate.
    """
    model = onnx.load(path)
    graph = _Graph(model)
    largest = 0.0
    for gate in [node for node in model.graph.node if node.op_type == "Sigmoid"]:
        source = graph.source_of(gate)
        if source is None:
            raise ValueError(
                f"{gate.name} of {path} is no gate of bx + c: export the network again"
            )
        scale, zero = (graph.constants[name] for name in source.input[1:])
        step = slope * float(scale)
        place = round(float(zero) - offset / step)
        if not 0 <= place <= LEVELS:
            continue
        largest = max(largest, abs((float(zero) - place) * step - offset))
        inputs = [
            source.input[0],
            graph.add_constant(f"{gate.name}_step", np.float32(step)),
            graph.add_constant(f"{gate.name}_place", np.uint8(place)),
        ]
        argument = f"{gate.name}_argument"
        node = helper.make_node("DequantizeLinear", inputs, [argument], name=f"{argument}_read")
        model.graph.node.insert(list(model.graph.node).index(source) + 1, node)
        gate.input[0] = argument
    graph.prune()
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return largest
