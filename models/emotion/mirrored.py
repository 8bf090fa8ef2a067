"""A face and its mirror image, answered as one: what ships.

Both go through the network side by side and their pooled features are averaged before the head,
which is the average of both logits. A mirror image shows the same expression, so what differs
between the two answers is the network's own doubt.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.emotion.network import EmotionNetwork


class Mirrored(nn.Module):
    """An EmotionNetwork for evaluation; its layers keep their names."""

    def __init__(self, network: EmotionNetwork) -> None:
        super().__init__()
        self.stem, self.blocks = network.stem, network.blocks
        self.pool, self.head = network.pool, network.head

    def forward(self, faces: Tensor) -> Tensor:
        """[N, 1, S, S] → logits [N, 7]."""
        both = torch.cat((faces, faces.flip(3)))
        features = self.pool(self.blocks(self.stem(both))).flatten(1)
        logits: Tensor = self.head(features.unflatten(0, (2, -1)).mean(0))
        return logits
