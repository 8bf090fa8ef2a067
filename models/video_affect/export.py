"""The multimodal network → ONNX, checked against PyTorch."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
import torch

from models.video_affect.network import VideoAffect

if TYPE_CHECKING:
    from models.video_affect.train import Settings

OPSET = 17
INPUTS, OUTPUT = ("flow", "frames", "wave"), "affect"
LARGEST_DIFFERENCE = 1e-3


def export(network: VideoAffect, settings: Settings, path: Path) -> float:
    """Write `path`: the three inputs, any number of films → affect [N, 2].

    Returns the largest difference to PyTorch on random input; raises ValueError beyond 0.001.
    """
    network.eval()
    rng = torch.Generator().manual_seed(0)
    size = settings.sizes.size_px
    shapes = [(2, settings.times, 2, size, size), (2, settings.times, 3, size, size)]
    shapes.append((2, 1, settings.wave_length))  # type: ignore[arg-type]
    example = tuple(torch.randn(*shape, generator=rng) for shape in shapes)
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, but folds normalisations and keeps the graph plain.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=list(INPUTS),
            output_names=[OUTPUT],
            dynamic_axes={name: {0: "films"} for name in (*INPUTS, OUTPUT)},
            opset_version=OPSET,
            dynamo=False,
        )
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.no_grad():
        ours = network(*example).numpy()
    fed = {name: tensor.numpy() for name, tensor in zip(INPUTS, example, strict=True)}
    difference = float(np.abs(session.run(None, fed)[0] - ours).max())
    if difference > LARGEST_DIFFERENCE:
        raise ValueError(f"{path} differs from PyTorch by {difference:.4f}: do not use it")
    return difference
