"""Networks with ResNet50's blocks that are small enough for a test, and their two files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.emotion import export, quantize
from models.emotion.mish import ACTIVATIONS
from models.emotion.network import EmotionNetwork

SIZE_PX = 32
WIDTHS = (8, 12, 16, 24)


def small_network(activation: str = "mish") -> EmotionNetwork:
    """In evaluation mode, its normalisations as training leaves them: with statistics of pictures,
    so that pictures arrive at the logits."""
    torch.manual_seed(0)
    small = EmotionNetwork(widths=WIDTHS, activation=ACTIVATIONS[activation])
    for name, module in small.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            # Blocks that add little to their shortcuts, or int8 loses a random network's answers.
            least = 0.1 if ".expand." in name else 0.4
            nn.init.uniform_(module.weight, least, least + 0.2)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            module.momentum = 1.0
    with torch.no_grad():
        small.train()(torch.from_numpy(noise(64, seed=9)))
    return small.eval()


def noise(count: int, seed: int = 0) -> np.ndarray:
    """`count` faces of standardised noise [N, 1, S, S] float32."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, 1, SIZE_PX, SIZE_PX)).astype(np.float32)


def agreement(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two networks' logits [N, 7], over what the pictures change in them."""
    changes = [(logits - logits.mean(axis=0)).ravel() for logits in (one, other)]
    return float(np.corrcoef(*changes)[0, 1])


def export_both(network: nn.Module, folder: Path, pictures: int = 32) -> tuple[Path, Path]:
    """(float file, int8 file) of a network, calibrated on noise."""
    plain, small = folder / "plain.onnx", folder / "small.onnx"
    export.export(network, SIZE_PX, plain)
    quantize.quantize(plain, small, noise(pictures))
    return plain, small
