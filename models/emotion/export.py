"""PyTorch → ONNX, checked against each other: `python -m models.emotion.export --help`."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import nn

from models import commands
from models.emotion import checkpoint
from models.emotion.mirrored import Mirrored

OPSET = 17
INPUT, OUTPUT = "faces", "logits"
LARGEST_DIFFERENCE = 1e-3


def write(network: nn.Module, example: torch.Tensor, path: Path) -> None:
    """Write `network` in evaluation mode as ONNX: faces like `example` → logits, any number."""
    network.eval()
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but folds normalisations and keeps the graph plain.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example.contiguous(),),
            str(path),
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "faces"}, OUTPUT: {0: "faces"}},
            opset_version=OPSET,
            dynamo=False,
        )


def export(network: nn.Module, size_px: int, path: Path) -> float:
    """Write `path`: faces [N, 1, S, S] float32 → logits [N, 7], N free; batch norms folded.

    Returns the largest difference between the logits of PyTorch and ONNX Runtime on random
    input; raises ValueError when it exceeds 0.001.
    """
    example = torch.randn(2, 1, size_px, size_px, generator=torch.Generator().manual_seed(0))
    write(network, example, path)
    onnx.checker.check_model(str(path))
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        ours = network(example).numpy()
    theirs = session.run(None, {INPUT: example.numpy()})[0]
    difference = float(np.abs(ours - theirs).max())
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from PyTorch by {difference:.4f}: do not ship it")
    return difference


def main() -> None:
    """Entry of `python -m models.emotion.export`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--size", type=int, default=64, help="input side in pixels")
    parser.add_argument("--out", type=Path, required=True, help="ONNX file to write")
    given = parser.parse_args()
    network = Mirrored(checkpoint.load(given.checkpoint).network)
    difference = export(network, given.size, given.out)
    print(f"{given.out}: largest logit difference to PyTorch {difference:.2e}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
