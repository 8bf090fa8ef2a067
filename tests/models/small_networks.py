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
    """In evaluation mode, its normalisations unlike the identity, as training leaves them."""
    torch.manual_seed(0)
    small = EmotionNetwork(widths=WIDTHS, activation=ACTIVATIONS[activation])
    for module in small.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.4, 0.6)
            nn.init.uniform_(module.bias, -0.2, 0.2)
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return small.eval()


def noise(count: int, seed: int = 0) -> np.ndarray:
    """`count` faces of standardised noise [N, 1, S, S] float32."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, 1, SIZE_PX, SIZE_PX)).astype(np.float32)


def export_both(network: nn.Module, folder: Path, pictures: int = 32) -> tuple[Path, Path]:
    """(float file, int8 file) of a network, calibrated on noise."""
    plain, small = folder / "plain.onnx", folder / "small.onnx"
    export.export(network, SIZE_PX, plain)
    quantize.quantize(plain, small, noise(pictures))
    return plain, small
