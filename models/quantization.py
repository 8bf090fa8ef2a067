"""int8 that every processor computes alike: `python -m models.quantization --help`.

x86 processors without VNNI multiply bytes by pairs and add each pair in 16 bits, which saturates:
255 · 127 · 2 is more than 32,767 (ONNX Runtime 1.32.0, MLAS' AVX2 kernels; those of VNNI and of
Arm add in 32 bits). With weights of seven bits, −64…64, no pair can reach the limit: 255 · 64 · 2 =
32,640. So all networks made here are quantized by `static_int8` and held to it by `check`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from models import commands
from models.commands import TrainingDataError

LARGEST_WEIGHT = 64
"""In steps: two products of a byte with it fit into 16 bits."""
MULTIPLIED = {"Conv", "ConvTranspose", "MatMul", "Gemm"}
WEIGHT_INPUT, BIAS_INPUT = 1, 2


@dataclass(frozen=True)
class Weights:
    """How weights become bytes; what ships is SEVEN_BITS, the others are for comparison."""

    kind: QuantType
    reduce_range: bool


SEVEN_BITS = Weights(QuantType.QInt8, reduce_range=True)
EIGHT_BITS = Weights(QuantType.QInt8, reduce_range=False)
UNSIGNED = Weights(QuantType.QUInt8, reduce_range=False)


def static_int8(
    source: Path,
    target: Path,
    reader: CalibrationDataReader,
    operators: Sequence[str],
    excluded: Sequence[str] = (),
    method: CalibrationMethod = CalibrationMethod.MinMax,
    weights: Weights = SEVEN_BITS,
    **options: Any,
) -> None:
    """Write the int8 twin of a float network: activations uint8, weights of seven bits.

    Weights are symmetric with a step per output channel; `operators` are the kinds that run in
    int8 but for the nodes `excluded`; `reader` gives the pictures that set the ranges. Raises
    ValueError where a product of signed seven bits could still saturate.
    """
    quantize_static(
        str(source),
        str(target),
        reader,
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(operators),
        per_channel=True,
        reduce_range=weights.reduce_range,
        activation_type=QuantType.QUInt8,
        weight_type=weights.kind,
        nodes_to_exclude=list(excluded),
        calibrate_method=method,
        **options,
    )
    if weights == SEVEN_BITS:
        check(target)


class _Stored:
    """The quantized weights of a QDQ graph: what is stored, and the steps it is read back with."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.graph = model.graph
        self.stored = {each.name: each for each in self.graph.initializer}
        self._readers = {
            node.output[0]: node for node in self.graph.node if node.op_type == "DequantizeLinear"
        }

    def _read_by(self, place: int) -> Iterator[onnx.NodeProto]:
        """What reads back the constant bytes that products have as input number `place`."""
        for node in self.graph.node:
            if node.op_type in MULTIPLIED and len(node.input) > place:
                reader = self._readers.get(node.input[place])
                if reader is not None and reader.input[0] in self.stored:
                    yield reader

    def of(self, place: int) -> dict[str, onnx.NodeProto]:
        """By the name of the stored bytes; a weight that several products share stands once."""
        return {reader.input[0]: reader for reader in self._read_by(place)}

    def array(self, name: str) -> npt.NDArray[Any]:
        return np.asarray(numpy_helper.to_array(self.stored[name]))

    def replace(self, name: str, value: npt.NDArray[Any]) -> None:
        self.stored[name].CopyFrom(numpy_helper.from_array(value, name))


def largest_weight(path: Path) -> int:
    """The largest |weight − zero point| of any int8 product, in steps; 0 in a float network."""
    stored = _Stored(onnx.load(path))
    found = [0]
    for name, reader in stored.of(WEIGHT_INPUT).items():
        zero = stored.array(reader.input[2]).astype(int) if len(reader.input) > 2 else 0
        steps = stored.array(name).astype(int)
        shape = (-1,) + (1,) * (steps.ndim - 1) if np.size(zero) > 1 else ()
        found.append(int(np.abs(steps - np.reshape(zero, shape)).max()))
    return max(found)


def check(path: Path) -> None:
    """Raises ValueError when a product of the network can saturate on some processors."""
    largest = largest_weight(path)
    if largest > LARGEST_WEIGHT:
        raise ValueError(
            f"{path} has weights of {largest} steps, more than {LARGEST_WEIGHT}: processors without"
            " VNNI would answer otherwise; quantize it with models.quantization"
        )


def halved(steps: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Steps of weights [outputs, ...] in units of two; halves go up and down in turn.

    So each output's sum of weights, which its mean answer hangs on, moves by a step at most.
    """
    flat = steps.reshape(len(steps), -1).astype(np.int32)
    odd = flat % 2 != 0
    upwards = np.cumsum(odd, axis=1) % 2 == 0
    return ((flat + (odd & upwards)) // 2).astype(np.int8).reshape(steps.shape)


def to_seven_bits(source: Path, target: Path) -> None:
    """A shipped int8 network with eight-bit weights as one with seven; biases follow their step.

    For networks whose float form is gone. Raises TrainingDataError for one that is not int8.
    """
    model = onnx.load(source)
    stored = _Stored(model)
    chosen = stored.of(WEIGHT_INPUT)
    if not chosen:
        raise TrainingDataError(f"{source} has no int8 weights: nothing to change")
    scales: set[str] = set()
    for name, reader in chosen.items():
        stored.replace(name, halved(stored.array(name)))
        scales.add(reader.input[1])
    for name, reader in stored.of(BIAS_INPUT).items():
        stored.replace(name, np.round(stored.array(name) / 2.0).astype(np.int32))
        scales.add(reader.input[1])
    for name in scales:
        stored.replace(name, stored.array(name) * np.float32(2.0))
    onnx.checker.check_model(model)
    onnx.save(model, target)
    check(target)


def main() -> None:
    """Entry of `python -m models.quantization`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("networks", type=Path, nargs="+", help="int8 networks (.onnx) to look at")
    parser.add_argument("--to", type=Path, help="folder to write them to with weights of 7 bits")
    given = parser.parse_args()
    for path in given.networks:
        if not path.is_file():
            raise TrainingDataError(f"there is no {path}: name an exported network (.onnx)")
        if given.to is None:
            print(
                f"{path}: largest weight {largest_weight(path)} steps of {LARGEST_WEIGHT} allowed"
            )
            continue
        given.to.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            unfinished = Path(folder) / path.name
            to_seven_bits(path, unfinished)
            (given.to / path.name).write_bytes(unfinished.read_bytes())
        print(f"{given.to / path.name}: weights of seven bits")


if __name__ == "__main__":
    sys.exit(commands.run(main))
