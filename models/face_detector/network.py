"""The face network: a small single-class, anchor-free YOLO on strides 8, 16 and 32.

Convolution + batch norm + ReLU throughout: ONNX Runtime folds each trio into one operator on a
CPU, and ReLU quantizes without a table. Blocks follow the cross-stage-partial idea (Wang et al.
2020, CSPNet): half of the channels pass through, the rest is refined, both are mixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

STRIDES: tuple[int, int, int] = (8, 16, 32)


@dataclass(frozen=True)
class NetworkSettings:
    """Widths (channels) of the stages, of the neck and of the head; blocks per stage."""

    stem: int = 16
    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    blocks: tuple[int, int, int, int] = (1, 2, 2, 1)
    neck: int = 64
    head_convs: int = 2


class ConvBlock(nn.Sequential):
    """Convolution, batch norm, ReLU; keeps the size (stride 1) or halves it (stride 2)."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class Refinement(nn.Module):
    """Two 3x3 convolutions with a way around them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(ConvBlock(channels, channels), ConvBlock(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        return x + self.convs(x)  # type: ignore[no-any-return]


class PartialBlock(nn.Module):
    """Cross-stage-partial block: half of the channels refined, every step kept for the mix."""

    def __init__(self, inputs: int, outputs: int, refinements: int) -> None:
        super().__init__()
        part = outputs // 2
        self.part_width = part
        self.split = ConvBlock(inputs, 2 * part, kernel=1)
        self.steps = nn.ModuleList(Refinement(part) for _ in range(refinements))
        self.mix = ConvBlock((2 + refinements) * part, outputs, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, inputs, H, W] -> [B, outputs, H, W]."""
        parts = list(self.split(x).split(self.part_width, dim=1))
        for step in self.steps:
            parts.append(step(parts[-1]))
        return self.mix(torch.cat(parts, dim=1))  # type: ignore[no-any-return]


class Context(nn.Module):
    """Pooling over growing windows on the coarsest grid, so that it sees the whole frame."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = ConvBlock(channels, channels // 2, kernel=1)
        self.mix = ConvBlock(2 * channels, channels, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, H, W] -> [B, C, H, W]."""
        parts = [self.reduce(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, stride=1, padding=2))
        return self.mix(torch.cat(parts, dim=1))  # type: ignore[no-any-return]


class FaceYolo(nn.Module):
    """Pictures in, for every cell of every grid a confidence logit and four distances out."""

    def __init__(self, settings: NetworkSettings = NetworkSettings()) -> None:
        super().__init__()
        self.settings = settings
        w2, w3, w4, w5 = settings.widths
        b2, b3, b4, b5 = settings.blocks
        neck = settings.neck
        self.stem = ConvBlock(3, settings.stem, stride=2)
        self.stage2 = nn.Sequential(
            ConvBlock(settings.stem, w2, stride=2), PartialBlock(w2, w2, b2)
        )
        self.stage3 = nn.Sequential(ConvBlock(w2, w3, stride=2), PartialBlock(w3, w3, b3))
        self.stage4 = nn.Sequential(ConvBlock(w3, w4, stride=2), PartialBlock(w4, w4, b4))
        self.stage5 = nn.Sequential(
            ConvBlock(w4, w5, stride=2), PartialBlock(w5, w5, b5), Context(w5)
        )
        self.lateral5 = ConvBlock(w5, neck, kernel=1)
        self.down4 = PartialBlock(w4 + neck, neck, 1)
        self.down3 = PartialBlock(w3 + neck, neck, 1)
        self.to4 = ConvBlock(neck, neck, stride=2)
        self.up4 = PartialBlock(2 * neck, neck, 1)
        self.to5 = ConvBlock(neck, neck, stride=2)
        self.up5 = PartialBlock(2 * neck, neck, 1)
        # One tower for all three grids: a face looks the same at every scale.
        self.tower = nn.Sequential(*(ConvBlock(neck, neck) for _ in range(settings.head_convs)))
        self.predict = nn.Conv2d(neck, 5, 1)
        self.distance_gain = nn.Parameter(torch.ones(len(STRIDES)))
        self._start()

    def _start(self) -> None:
        """Start with rare faces (confidence 1 %) of four cells: the loss starts calm."""
        nn.init.normal_(self.predict.weight, std=0.01)
        with torch.no_grad():
            assert self.predict.bias is not None
            self.predict.bias[:4] = 0.7
            self.predict.bias[4] = -4.6

    def features(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """[B, 3, S, S] in 0..1 -> neck features on strides 8, 16, 32."""
        c3 = self.stage3(self.stage2(self.stem(pictures)))
        c4 = self.stage4(c3)
        p5 = self.lateral5(self.stage5(c4))
        p4 = self.down4(torch.cat([F.interpolate(p5, scale_factor=2.0), c4], dim=1))
        p3 = self.down3(torch.cat([F.interpolate(p4, scale_factor=2.0), c3], dim=1))
        n4 = self.up4(torch.cat([self.to4(p3), p4], dim=1))
        n5 = self.up5(torch.cat([self.to5(n4), p5], dim=1))
        return p3, n4, n5

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Predict every cell of every grid.

        pictures: [B, 3, S, S], RGB in 0..1, S a multiple of 32.
        Returns boxes [B, N, 4] (x1, y1, x2, y2 in input pixels) and confidence logits [B, N],
        N = (S/8)^2 + (S/16)^2 + (S/32)^2, stride 8 first, each grid row by row.
        """
        boxes, logits = [], []
        for level, feature in enumerate(self.features(pictures)):
            raw = self.predict(self.tower(feature)).flatten(2).transpose(1, 2).float()
            height, width = feature.shape[-2:]
            centres = grid_centres(height, width, STRIDES[level], raw.device)
            exponents = (raw[..., :4] * self.distance_gain[level]).clamp(max=4.0)
            distances = exponents.exp() * STRIDES[level]
            low, high = centres - distances[..., :2], centres + distances[..., 2:]
            boxes.append(torch.cat([low, high], dim=-1))
            logits.append(raw[..., 4])
        return torch.cat(boxes, dim=1), torch.cat(logits, dim=1)


class ExportedFaceYolo(nn.Module):
    """The network as it ships: one output, confidences instead of logits."""

    def __init__(self, network: FaceYolo) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """[1, 3, S, S] -> [1, N, 5]: x1, y1, x2, y2 in input pixels, confidence 0..1."""
        boxes, logits = self.network(images)
        return torch.cat([boxes, logits.sigmoid().unsqueeze(-1)], dim=-1)


def grid_centres(height: int, width: int, stride: int, device: torch.device) -> Tensor:
    """Centres (x, y) of a grid's cells in input pixels, [height * width, 2], row by row."""
    ys, xs = torch.meshgrid(
        torch.arange(height, device=device), torch.arange(width, device=device), indexing="ij"
    )
    return (torch.stack([xs, ys], dim=-1).reshape(-1, 2).float() + 0.5) * stride


def anchor_points(size_px: int) -> tuple[Tensor, Tensor]:
    """All cells' centres [N, 2] and strides [N] for a square input, in `forward`'s order."""
    cpu = torch.device("cpu")
    sides = [(size_px // stride, stride) for stride in STRIDES]
    centres = torch.cat([grid_centres(side, side, stride, cpu) for side, stride in sides])
    strides = torch.cat([torch.full((side * side,), float(stride)) for side, stride in sides])
    return centres, strides
