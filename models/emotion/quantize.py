"""Static int8 quantization of an exported network: `python -m models.emotion.quantize --help`.

Weights of seven bits, so that every processor answers alike (models/quantization.py); activations
uint8, asymmetric, because Mish reaches −0.31. Where the graph has gates (x · σ(bx + c)) or ReLU,
everything up to the 2048 × 7 head runs in int8; an activation of several transcendental operators
stays float with the shortcuts' sums, and only convolutions are int8.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod

from models import commands, quantization
from models.emotion import dataset, gates
from models.emotion.augment import resize, standardise
from models.emotion.dataset import Faces
from models.emotion.export import INPUT
from models.emotion.mish import OFFSET, SLOPE

METHODS = {
    "minmax": CalibrationMethod.MinMax,
    "percentile": CalibrationMethod.Percentile,
    "entropy": CalibrationMethod.Entropy,
}
FLOAT_ACTIVATIONS = {"Exp", "Softplus", "Tanh"}
INT8_OPERATORS = ["Conv", "Mul", "Add", "Sigmoid", "Relu", "AveragePool"]
CALIBRATION_PICTURES = 512
CALIBRATION_BATCH = 16

Tensor = npt.NDArray[np.float32]


class Batches(CalibrationDataReader):  # type: ignore[misc]
    """Hands calibration pictures [N, 1, S, S] to ONNX Runtime, a batch at a time."""

    def __init__(self, pictures: Tensor) -> None:
        self._batches: Iterator[Tensor] = iter(
            np.array_split(pictures, max(1, len(pictures) // CALIBRATION_BATCH))
        )

    def get_next(self) -> dict[str, Tensor] | None:
        """The next batch by input name, None at the end."""
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch}


def calibration_pictures(faces: Faces, size_px: int, count: int, seed: int = 0) -> Tensor:
    """`count` training pictures as the network is fed them: [count, 1, S, S]."""
    rows = np.random.default_rng(seed).choice(len(faces), min(count, len(faces)), replace=False)
    pictures = torch.from_numpy(faces.pictures[np.sort(rows)])
    return standardise(resize(pictures, size_px)).numpy()


def first_convolution(model: onnx.ModelProto) -> str:
    """Name of the stem's first convolution: one input channel gains nothing from int8."""
    return str(next(node.name for node in model.graph.node if node.op_type == "Conv"))


def quantize(
    source: Path,
    target: Path,
    pictures: Tensor,
    method: str = "minmax",
    weights: quantization.Weights = quantization.SEVEN_BITS,
    **extra: Any,
) -> None:
    """Write the int8 twin of the float network `source` to `target`.

    `method` is one of METHODS; `extra` goes to ONNX Runtime (calibration options).
    """
    options = {"CalibTensorRangeSymmetric": False, "ActivationSymmetric": False} | extra
    model = onnx.load(source)
    kinds = {node.op_type for node in model.graph.node}
    is_float = bool(kinds & FLOAT_ACTIVATIONS)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / source.name
        plain.write_bytes(source.read_bytes())
        gates.constants_to_initializers(plain)
        quantization.static_int8(
            plain,
            target,
            Batches(pictures),
            ["Conv"] if is_float else INT8_OPERATORS,
            [first_convolution(model)] if is_float else [],
            METHODS[method],
            weights,
            extra_options=options,
        )
    if "Sigmoid" in kinds and not is_float:
        gates.fold_gates(target, SLOPE, OFFSET)


def main() -> None:
    """Entry of `python -m models.emotion.quantize`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    dataset.add_arguments(parser)
    parser.add_argument("--source", type=Path, required=True, help="float ONNX file")
    parser.add_argument("--target", type=Path, required=True, help="int8 ONNX file to write")
    parser.add_argument("--method", choices=sorted(METHODS), default="minmax")
    parser.add_argument("--pictures", type=int, default=CALIBRATION_PICTURES)
    given = parser.parse_args()
    size_px = onnx.load(str(given.source)).graph.input[0].type.tensor_type.shape.dim[2].dim_value
    faces = dataset.load(given.fer, given.photos, given.cache)["fer-train"]
    pictures = calibration_pictures(faces, size_px, given.pictures)
    with tempfile.TemporaryDirectory() as folder:
        unfinished = Path(folder) / "int8.onnx"
        quantize(given.source, unfinished, pictures, given.method)
        given.target.write_bytes(unfinished.read_bytes())
    print(f"{given.target}: {given.target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    sys.exit(commands.run(main))
