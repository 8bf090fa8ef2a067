"""The picture network that ships: small, from scratch, taught by an ImageNet network's features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SIZE_PX = 128
WIDTHS = (32, 64, 128, 256)
BLOCKS = (2, 2, 2, 2)
DIRECTIONS = 64
MEAN, DEVIATION = 0.45, 0.27
"""Of all pictures' values in 0…1, roughly: one number for all colours keeps tints as they are."""


def _convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]


class _Block(nn.Module):
    """Two 3×3 convolutions and a shortcut (He et al. 2016, arXiv:1512.03385)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(inputs, outputs, 3, stride),
            nn.ReLU(),
            *_convolution(outputs, outputs, 3),
        )
        shortcut: list[nn.Module] = [nn.AvgPool2d(stride)] if stride > 1 else []
        if inputs != outputs:
            shortcut += _convolution(inputs, outputs, 1)
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.shortcut(x))


class Student(nn.Module):
    """Pictures [N, 3, 128, 128] in 0…1 → the teacher's main directions [N, 64].

    A residual network with a stem of two 3×3 convolutions with stride 2; 2.8 million parameters.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, directions: int = DIRECTIONS) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            *_convolution(3, widths[0], 3, 2),
            nn.ReLU(),
            *_convolution(widths[0], widths[0], 3, 2),
            nn.ReLU(),
        )
        blocks: list[nn.Module] = []
        inputs = widths[0]
        for stage, (count, width) in enumerate(zip(BLOCKS, widths, strict=True)):
            for number in range(count):
                blocks.append(_Block(inputs, width, 2 if stage > 0 and number == 0 else 1))
                inputs = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(inputs, directions)

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, 128, 128] → [N, 64]."""
        x = self.blocks(self.stem((pictures - MEAN) / DEVIATION))
        result: Tensor = self.head(x.mean((2, 3)))
        return result
