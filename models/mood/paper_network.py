"""The mood paper's deep CNN, its table 2, layer by layer (Cho, Nam, Lee, Kim 2019)."""

from __future__ import annotations

from torch import Tensor, nn

SIZE_PX = 128
PAIRS = (32, 64, 64, 64)
"""Filters of the four pairs of 3×3 convolutions."""

DENSE = (512, 64)
DROPOUT_CONVOLUTIONS, DROPOUT_DENSE = 0.25, 0.5
PARAMETERS = 2_344_296


class PaperNetwork(nn.Sequential):
    """Pictures [N, 3, 128, 128] in 0…1 → logits [N, 8] in the order of MOODS.

    Four times two 3×3 convolutions (same padding, ReLU), 2×2 max-pool and dropout of .25; then
    dense 512, dropout .5, dense 64, dropout .5, dense 8. Softmax is left to the loss.
    """

    def __init__(self, moods: int = 8) -> None:
        layers: list[nn.Module] = []
        inputs = 3
        for filters in PAIRS:
            for _ in range(2):
                layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU()]
                inputs = filters
            layers += [nn.MaxPool2d(2), nn.Dropout(DROPOUT_CONVOLUTIONS)]
        layers.append(nn.Flatten())
        inputs *= (SIZE_PX // 2 ** len(PAIRS)) ** 2
        for units in DENSE:
            layers += [nn.Linear(inputs, units), nn.ReLU(), nn.Dropout(DROPOUT_DENSE)]
            inputs = units
        layers.append(nn.Linear(inputs, moods))
        super().__init__(*layers)
        for module in self.modules():
            # The paper names no initialisation; Glorot and Bengio's (2010) suits its plain layers.
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, 128, 128] → [N, 8]."""
        logits: Tensor = super().forward(pictures)
        return logits
