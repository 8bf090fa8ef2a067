"""A comparison's network, exported and run by appliance.inference; its size and its cost."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from appliance.inference.emotion_classifier import EmotionClassifier
from models.comparisons.transforms import DEVIATION, MEAN
from models.emotion import manifest
from models.emotion.export import INPUT, write
from models.emotion.labels import LABELS
from models.emotion.manifest import Knobs

IMPOSSIBLE = -40.0
"""Logit of an emotion that a network does not know."""

Probabilities = npt.NDArray[np.float64]


class _AmongSeven(nn.Module):
    """Logits over some emotions → logits [N, 7] in the unit's order."""

    def __init__(self, network: nn.Module, classes: Sequence[str]) -> None:
        super().__init__()
        self.network = network
        place = torch.zeros(len(classes), len(LABELS))
        place[range(len(classes)), [LABELS.index(name) for name in classes]] = 1.0
        self.register_buffer("place", place)
        self.register_buffer("missing", IMPOSSIBLE * (1.0 - place.sum(0)))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.network(pictures) @ self.place + self.missing


def export(network: nn.Module, classes: Sequence[str], size_px: int, path: Path) -> None:
    """Write the network as an emotion network of the unit, with its manifest beside it."""
    write(_AmongSeven(network, classes), torch.zeros(1, 3, size_px, size_px), path)
    content = manifest.content(path, path.stem, Knobs(size_px))
    content["input"] = {
        "name": INPUT,
        "size_px": [size_px, size_px],
        "channels": 3,
        "colour": "rgb",
        "scale": 1.0 / 255.0,
        "mean": MEAN,
        "std": DEVIATION,
    }
    path.with_suffix(".json").write_text(json.dumps(content))


def probabilities(
    network: nn.Module, classes: Sequence[str], size_px: int, pictures: npt.NDArray[np.uint8]
) -> Probabilities:
    """Probabilities [N, classes] of faces [N, H, W] by the unit's own classifier."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cell.onnx"
        export(network, classes, size_px, path)
        classifier = EmotionClassifier.open(path, threads=1)
        scores = classifier.classify_cropped(list(pictures))
    columns = [LABELS.index(name) for name in classes]
    return np.array([one.probabilities for one in scores])[:, columns]


def cost(network: nn.Module, size_px: int) -> tuple[int, int]:
    """(trained weights, floating-point operations for one picture)."""
    network.eval()
    counter: Any = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.zeros(1, 3, size_px, size_px))
    return sum(weight.numel() for weight in network.parameters()), counter.get_total_flops()
