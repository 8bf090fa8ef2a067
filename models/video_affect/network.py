"""The multimodal paper's network (Kim, Lee 2018): three streams, joined feature by feature.

Optical flow → five convolutions; every tenth frame → DenseNet; both joined → one convolution →
global pooling. Waveform → SoundNet. All joined → fully connected → (valence, arousal).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.comparisons.architectures import declare_vision_operators


@dataclass(frozen=True)
class Sizes:
    """Widths of the streams; the defaults are the published networks'."""

    size_px: int = 224
    growth: int = 32
    blocks: tuple[int, ...] = (6, 12, 24, 16)
    """DenseNet121."""
    flow_widths: tuple[int, ...] = (96, 256, 512, 512, 512)
    """CNN-M (Chatfield et al. 2014, arXiv:1405.3531)."""
    sound_widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024)
    joined: int = 512
    hidden: int = 256


PUBLISHED = Sizes()
SMALL = Sizes(
    size_px=64,
    growth=8,
    blocks=(2, 2, 2, 2),
    flow_widths=(16, 24, 32, 32, 32),
    sound_widths=(8, 8, 16, 16, 32, 32, 32),
    joined=48,
    hidden=32,
)
"""For clips made here, on a processor."""


def _layer(inputs: int, outputs: int, size: int, stride: int, pool: int) -> list[nn.Module]:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    ]
    return [*layers, nn.MaxPool2d(pool)] if pool > 1 else layers


class FlowStream(nn.Sequential):
    """Flow [N, 2, S, S] → [N, C, S/32, S/32]: five convolutions."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        one, two, three, four, five = widths
        super().__init__(
            *_layer(2, one, 7, 2, 2),
            *_layer(one, two, 5, 2, 2),
            *_layer(two, three, 3, 1, 1),
            *_layer(three, four, 3, 1, 1),
            *_layer(four, five, 3, 1, 2),
        )


class SoundStream(nn.Module):
    """Waveform [N, 1, L] at 22,050 Hz → [N, C]: SoundNet up to its seventh convolution
    (Aytar, Vondrick, Torralba 2016, arXiv:1610.09001), then its mean over time."""

    KERNELS = (64, 32, 16, 8, 4, 4, 4)
    POOLS = (8, 8, 1, 1, 4, 1, 1)

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 1
        for width, kernel, pool in zip(widths, self.KERNELS, self.POOLS, strict=True):
            layers += [
                nn.Conv1d(inputs, width, kernel, 2, kernel // 2, bias=False),
                nn.BatchNorm1d(width),
                nn.ReLU(inplace=True),
            ]
            if pool > 1:
                layers.append(nn.MaxPool1d(pool))
            inputs = width
        self.body = nn.Sequential(*layers)

    def forward(self, wave: Tensor) -> Tensor:
        told: Tensor = self.body(wave)
        return told.mean(2)


class VideoAffect(nn.Module):
    """Flow [N, T, 2, S, S], frames [N, T, 3, S, S], waveform [N, 1, L] → affect [N, 2].

    `mean` and `deviation` [2] of the affect it learns from: its answers are on that scale.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        sizes: Sizes,
        mean: tuple[float, ...] = (0.0, 0.0),
        deviation: tuple[float, ...] = (1.0, 1.0),
    ) -> None:
        super().__init__()
        declare_vision_operators()
        from timm.models.densenet import DenseNet

        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("deviation", torch.tensor(deviation))
        self.flow = FlowStream(sizes.flow_widths)
        self.frames = DenseNet(
            growth_rate=sizes.growth, block_config=sizes.blocks, num_classes=0, global_pool=""
        )
        self.sound = SoundStream(sizes.sound_widths)
        seen = sizes.flow_widths[-1] + self.frames.num_features
        self.join = nn.Sequential(
            nn.Conv2d(seen, sizes.joined, 3, padding=1, bias=False),
            nn.BatchNorm2d(sizes.joined),
            nn.ReLU(inplace=True),
        )
        self.regression = nn.Sequential(
            nn.Linear(sizes.joined + sizes.sound_widths[-1], sizes.hidden),
            nn.ReLU(inplace=True),
            nn.Linear(sizes.hidden, 2),
        )

    def forward(self, flow: Tensor, frames: Tensor, wave: Tensor) -> Tensor:
        """(valence, arousal) [N, 2]."""
        count, times = frames.shape[:2]
        moving = self.flow(flow.flatten(0, 1))
        seen = self.frames.forward_features(frames.flatten(0, 1))
        joined = self.join(torch.cat((moving, seen), dim=1)).mean((2, 3))
        over_time = joined.view(count, times, -1).mean(1)
        told: Tensor = self.regression(torch.cat((over_time, self.sound(wave)), dim=1))
        return self.mean + self.deviation * told


STREAMS = ("flow", "frames", "sound")
"""What can begin with weights from elsewhere, by the network's own names."""
