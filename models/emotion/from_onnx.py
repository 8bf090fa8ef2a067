"""An exported network back as one that can be trained on: ONNX, int8 or float → EmotionNetwork.

Export folds every batch normalisation into the convolution before it. Here the convolution gets
the folded weight and the normalisation becomes the identity plus the folded bias.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import torch
from google.protobuf.message import DecodeError
from onnx import numpy_helper
from torch import Tensor, nn

from appliance.errors import ModelError
from models.emotion.export import INPUT
from models.emotion.mirrored import Mirrored
from models.emotion.mish import ACTIVATIONS
from models.emotion.network import BLOCKS, EmotionNetwork

SIGNS_OF_ACTIVATION = {
    "Sigmoid": "gated-mish",
    "QLinearSigmoid": "gated-mish",
    "Exp": "mish",
}
"""An operator of the graph → the activation (a name in ACTIVATIONS) that it belongs to."""

PROBES = 8
LEAST_LIKENESS = 0.99
"""Least correlation between the logits read back and the file's; 0.999 for the shipped network,
0.95 with two convolutions of its third stage exchanged."""

Array = npt.NDArray[np.float32]


class _Graph:
    """Weights of an ONNX graph by the name of the value, whichever way they are quantized."""

    def __init__(self, path: Path) -> None:
        self.path = path
        graph = _model(path).graph
        self.nodes = list(graph.node)
        self._maker = {name: node for node in self.nodes for name in node.output}
        self._stored = {t.name: t for t in graph.initializer}

    def value(self, name: str) -> Array:
        """A constant as float32; DequantizeLinear over a constant is carried out."""
        if name in self._stored:
            return np.asarray(numpy_helper.to_array(self._stored[name]), np.float32)
        node = self._maker.get(name)
        if node is not None and node.op_type == "Constant":
            return np.asarray(numpy_helper.to_array(node.attribute[0].t), np.float32)
        if node is not None and node.op_type == "Identity":
            # Export stores equal tensors once and lets the others refer to it.
            return self.value(node.input[0])
        if node is None or node.op_type != "DequantizeLinear":
            raise ModelError(f"{self.path} computes {name}: only networks exported here are read")
        return _dequantized(*(self.value(part) for part in node.input))

    def convolution(self, node: onnx.NodeProto) -> tuple[Array, Array]:
        """(weight, bias) of a Conv or QLinearConv node."""
        names = list(node.input)
        if node.op_type == "Conv":
            weight = self.value(names[1])
            bias = self.value(names[2]) if len(names) > 2 else np.zeros(len(weight), np.float32)
            return weight, bias
        scale = self.value(names[4])
        weight = _dequantized(self.value(names[3]), scale, self.value(names[5]))
        # Its bias counts in steps of input times weight (ONNX' definition of QLinearConv).
        step = self.value(names[1]) * scale
        steps = self.value(names[8]) if len(names) > 8 else np.zeros(len(weight), np.float32)
        return weight, np.asarray(steps * step, np.float32)

    @property
    def mirrors(self) -> bool:
        """Whether it answers for a face and its mirror image together (mirrored.py)."""
        return any(node.op_type == "Concat" and INPUT in node.input for node in self.nodes)

    def head(self) -> tuple[Array, Array]:
        """(weight [7, features], bias [7]) of the last layer."""
        for node in reversed(self.nodes):
            if node.op_type == "Gemm":
                weight = self.value(node.input[1])
                across = any(a.name == "transB" and a.i for a in node.attribute)
                return (weight if across else weight.T), self.value(node.input[2])
        raise ModelError(
            f"{self.path} has no Gemm at its end: only networks exported here are read"
        )


def _dequantized(steps: Array, scale: Array, zero: Array | None = None) -> Array:
    """(steps − zero) · scale, per output channel (the first axis) where there are many scales."""
    shape = (-1,) + (1,) * (steps.ndim - 1) if scale.size > 1 else (1,) * steps.ndim
    offset = np.zeros(1, np.float32) if zero is None else zero
    by_channel = offset.reshape(shape) if offset.size > 1 else offset.reshape((1,) * steps.ndim)
    return np.asarray((steps - by_channel) * scale.reshape(shape), np.float32)


def _model(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(str(path))
    except FileNotFoundError as exc:
        raise ModelError(f"There is no {path}: name an exported network (.onnx)") from exc
    except (OSError, DecodeError) as exc:
        raise ModelError(f"{path} is no ONNX file: name an exported network") from exc


def activation_of(path: Path) -> str:
    """Which of ACTIVATIONS the graph computes, from its operators; raises ModelError."""
    kinds = {node.op_type for node in _model(path).graph.node}
    names = {name for kind, name in SIGNS_OF_ACTIVATION.items() if kind in kinds}
    if len(names) != 1:
        raise ModelError(f"{path} shows no activation of {', '.join(ACTIVATIONS)}: name it")
    return names.pop()


def load(path: Path, activation: str = "") -> EmotionNetwork:
    """The network in an ONNX file that models.emotion exported, in evaluation mode.

    `activation` is a name in ACTIVATIONS; empty: what the graph's operators show. Raises
    ModelError when the file is of another architecture, or answers otherwise than what was read.
    """
    graph = _Graph(path)
    kind = ACTIVATIONS[activation or activation_of(path)]
    read = {
        module_of(node.name): graph.convolution(node)
        for node in graph.nodes
        if node.op_type in ("Conv", "QLinearConv")
    }
    network = EmotionNetwork(activation=kind, widths=_widths(read, path))
    modules = dict(network.named_modules())
    expected = {name for name, module in modules.items() if isinstance(module, nn.Conv2d)}
    if set(read) != expected:
        wrong = ", ".join(sorted(set(read) ^ expected)[:4])
        raise ModelError(f"{path} has other convolutions than ResNet50 here ({wrong})")
    for name, (weight, bias) in read.items():
        parent, _, place = name.rpartition(".")
        _copy(modules[name].weight, weight, path)
        _make_identity(modules[f"{parent}.{int(place) + 1}"], bias)
    weight, bias = graph.head()
    _copy(network.head.weight, weight, path)
    _copy(network.head.bias, bias, path)
    network.eval()
    _compare(Mirrored(network) if graph.mirrors else network, path)
    return network


def module_of(node: str) -> str:
    """`/blocks/blocks.0/reduce/reduce.0/Conv` → `blocks.0.reduce.0`.

    Not the nodes' order but their names tell which weight is which: quantizing sorts the graph
    anew, and a block's shortcut may come before or after its other convolutions.
    """
    steps: list[str] = []
    for step in node.strip("/").split("/")[:-1]:
        if steps and step.startswith(f"{steps[-1]}."):
            steps[-1] = step
        else:
            steps.append(step)
    return ".".join(steps)


def _widths(read: dict[str, tuple[Array, Array]], path: Path) -> tuple[int, ...]:
    """Of the four stages: what the first convolution of each one's first block gives out."""
    first = [f"blocks.{sum(BLOCKS[:stage])}.reduce.0" for stage in range(len(BLOCKS))]
    if not set(first) <= set(read):
        raise ModelError(f"{path} is no ResNet50 exported here: start from another file")
    return tuple(len(read[name][0]) for name in first)


def widths_of(network: EmotionNetwork) -> tuple[int, ...]:
    """The four stages' widths, as EmotionNetwork takes them."""
    first = [network.blocks[sum(BLOCKS[:stage])] for stage in range(len(BLOCKS))]
    return tuple(block.get_parameter("reduce.0.weight").shape[0] for block in first)


@torch.no_grad()
def _copy(target: Tensor, source: Array, path: Path) -> None:
    if tuple(target.shape) != source.shape:
        raise ModelError(f"{path} has weights {source.shape}, {tuple(target.shape)} expected there")
    target.copy_(torch.from_numpy(source.copy()))


@torch.no_grad()
def _make_identity(normalisation: nn.Module, bias: Array) -> None:
    assert isinstance(normalisation, nn.BatchNorm2d)
    assert normalisation.running_mean is not None
    assert normalisation.running_var is not None
    normalisation.running_mean.zero_()
    normalisation.running_var.fill_(1.0 - normalisation.eps)
    normalisation.weight.fill_(1.0)
    normalisation.bias.copy_(torch.from_numpy(bias.copy()))


@torch.no_grad()
def _compare(network: nn.Module, path: Path) -> None:
    """Both on the same noise; a network read in the wrong order answers something else."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    size_px = session.get_inputs()[0].shape[2:]
    rng = np.random.default_rng(0)
    faces = rng.standard_normal((PROBES, 1, *size_px)).astype(np.float32)
    theirs = session.run(None, {INPUT: faces})[0]
    ours = network(torch.from_numpy(faces)).numpy()
    likeness = float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
    if not likeness >= LEAST_LIKENESS:
        raise ModelError(
            f"{path} was not read right (its logits and those read back correlate at"
            f" {likeness:.3f}): name its activation, or start from a checkpoint"
        )
