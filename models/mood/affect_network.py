"""Student and head as one network, as it ships; PyTorch → ONNX, weights in half precision."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from models.mood.head import Head
from models.mood.student import SIZE_PX, Student

OPSET = 17
INPUT, OUTPUT = "pictures", "affect"
LARGEST_DIFFERENCE = 0.02
"""In deviations of the ratings: half precision rounds each weight to 11 bits."""

_LEAST_HALVED = 1024


class Directions(nn.Module):
    """Pictures [N, 3, S, S] in 0…1 → mean directions [N, 64] of a picture and its mirror image."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, S, S] → [N, 64]."""
        both: Tensor = self.student(torch.cat((pictures, pictures.flip(3))))
        one, other = both.chunk(2)
        return (one + other) / 2.0


class AffectNetwork(nn.Module):
    """Pictures [N, 3, S, S] in 0…1 → (valence, arousal) [N, 2] in deviations of the ratings."""

    def __init__(self, student: Student, head: Head) -> None:
        super().__init__()
        self.directions = Directions(student)
        self.rate = head.rate
        for name in ("mean", "spread", "vectors", "weights", "offset"):
            self.register_buffer(name, torch.from_numpy(getattr(head, name)).float())

    mean: Tensor
    spread: Tensor
    vectors: Tensor
    weights: Tensor
    offset: Tensor

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, S, S] → [N, 2]."""
        x = (self.directions(pictures) - self.mean) / self.spread
        products = x @ self.vectors.T
        squares = (x * x).sum(1, keepdim=True) + (self.vectors * self.vectors).sum(1)
        return torch.exp(-self.rate * (squares - 2.0 * products)) @ self.weights + self.offset


def export(network: AffectNetwork, path: Path) -> float:
    """Write `path`: pictures [N, 3, S, S] float32 → affect [N, 2], N free.

    Returns the largest difference to PyTorch on random pictures; raises ValueError beyond 0.02.
    """
    network.eval()
    rng = torch.Generator().manual_seed(0)
    example = torch.rand(2, 3, SIZE_PX, SIZE_PX, generator=rng)
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but folds normalisations and keeps the graph plain.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "pictures"}, OUTPUT: {0: "pictures"}},
            opset_version=OPSET,
            dynamo=False,
        )
    _halve(path)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        ours = network(example).numpy()
    difference = float(np.abs(session.run(None, {INPUT: example.numpy()})[0] - ours).max())
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from PyTorch by {difference:.4f}: do not ship it")
    return difference


def _halve(path: Path) -> None:
    """Keep large weights as float16; they are brought back to float32 when the file is opened."""
    model = onnx.load(str(path))
    graph = model.graph
    casts = []
    for number, tensor in enumerate(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _LEAST_HALVED:
            continue
        name = tensor.name
        stored = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
        casts.append(helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT))
        graph.initializer[number].CopyFrom(stored)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
