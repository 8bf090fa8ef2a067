"""ResNet50 with Mish in place of every ReLU, with a stem that suits 48-pixel faces.

He et al. 2016 ("Deep Residual Learning for Image Recognition", arXiv:1512.03385, table 1,
50-layer column): bottlenecks 3-4-6-3, widths 64/128/256/512 times four. Changed for small grey
pictures: two 3×3 stride-2 convolutions instead of 7×7 and max-pool (same stride of 4, a third of
the cost), stride on the 3×3 convolution, and shortcuts that average before they project
(He et al. 2019, "Bag of Tricks", arXiv:1812.01187, ResNet-D).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from models.emotion.dense_conv import DenseConv2d
from models.emotion.mish import Mish

BLOCKS = (3, 4, 6, 3)
WIDTHS = (64, 128, 256, 512)
EXPANSION = 4
STEM_WIDTH = 32

Activation = Callable[[], nn.Module]


def convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Sequential:
    """A convolution without bias and its batch normalisation; padding keeps size/stride."""
    return nn.Sequential(
        DenseConv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Bottleneck(nn.Module):
    """1×1 reduce, 3×3, 1×1 expand, plus the shortcut; Mish where ResNet has ReLU.

    The last normalisation starts at zero, so that every block begins as the identity
    (Goyal et al. 2017, arXiv:1706.02677, section 5.1).
    """

    def __init__(
        self, inputs: int, width: int, stride: int, drop: float, activation: Activation
    ) -> None:
        super().__init__()
        outputs = width * EXPANSION
        self.reduce = convolution(inputs, width, 1)
        self.spatial = convolution(width, width, 3, stride)
        self.expand = convolution(width, outputs, 1)
        last = self.expand[1]
        assert isinstance(last, nn.BatchNorm2d)
        nn.init.zeros_(last.weight)
        self.drop = drop
        self.act = activation()
        shortcut: list[nn.Module] = []
        if stride > 1:
            shortcut.append(nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False))
        if inputs != outputs:
            shortcut.append(convolution(inputs, outputs, 1))
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """[N, inputs, H, W] → [N, 4·width, ⌈H/stride⌉, ⌈W/stride⌉]."""
        y = self.expand(self.act(self.spatial(self.act(self.reduce(x)))))
        if self.training and self.drop > 0.0:
            keep = torch.rand(y.shape[0], 1, 1, 1, device=y.device) >= self.drop
            y = y * (keep.to(y.dtype) / (1.0 - self.drop))
        result: Tensor = self.act(y + self.shortcut(x))
        return result


class EmotionNetwork(nn.Module):
    """Grey faces [N, 1, S, S], standardised per picture → logits [N, 7] in DESIGN's order.

    `drop_path` is the chance with which the last block's branch is left out for one picture
    (earlier blocks linearly less), `dropout` the chance of each pooled feature. Another
    `activation` than Mish or other `widths` than ResNet50's are for comparisons and quick checks.
    """

    def __init__(
        self,
        classes: int = 7,
        drop_path: float = 0.0,
        dropout: float = 0.0,
        activation: Activation = Mish,
        widths: tuple[int, ...] = WIDTHS,
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            *convolution(1, STEM_WIDTH, 3, 2),
            activation(),
            *convolution(STEM_WIDTH, widths[0], 3, 2),
            activation(),
        )
        blocks: list[nn.Module] = []
        inputs = widths[0]
        for stage, (count, width) in enumerate(zip(BLOCKS, widths, strict=True)):
            for number in range(count):
                stride = 2 if stage > 0 and number == 0 else 1
                drop = drop_path * len(blocks) / (sum(BLOCKS) - 1)
                blocks.append(Bottleneck(inputs, width, stride, drop, activation))
                inputs = width * EXPANSION
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(inputs, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, faces: Tensor) -> Tensor:
        """[N, 1, S, S] → logits [N, 7]."""
        features = self.pool(self.blocks(self.stem(faces))).flatten(1)
        logits: Tensor = self.head(self.dropout(features))
        return logits
