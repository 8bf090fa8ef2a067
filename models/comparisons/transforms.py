"""The papers' augmentations on batches of grey faces, by kornia, one random draw a picture.

Sizes that the papers give in pixels of a 224-px input are scaled to the input at hand.
"""

from __future__ import annotations

from collections.abc import Callable

import kornia.augmentation as K
import torch
from kornia.geometry.transform import rotate
from torch import Tensor, nn

from models.comparisons.paper import BEST_FIVE, SINGLE

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's, so that its weights fit where a user has them."""

PAPER_SIZE_PX = 224
ROTATIONS_DEG = (5.0, 10.0, 15.0, 20.0)
JITTER, HUE = 0.2, 0.05
GREYSCALE_CHANCE = 0.2
"""The founding paper names what it varies, not by how much: these are ours."""

Transform = Callable[[Tensor], Tensor]


class ExpressionVariation(nn.Module):
    """The founding paper's: rotation by ±5/10/15/20° or none, jitter, greyscale.

    Saturation, hue and greyscale change nothing on pictures that are grey already.
    """

    def __init__(self) -> None:
        super().__init__()
        self.jitter = K.ColorJiggle(JITTER, JITTER, JITTER, HUE, p=1.0)
        self.greyscale = K.RandomGrayscale(p=GREYSCALE_CHANCE)

    def forward(self, pictures: Tensor) -> Tensor:
        """[N, 3, H, W] in 0…1 → the same shape and range."""
        angles = torch.tensor((0.0, *ROTATIONS_DEG, *(-deg for deg in ROTATIONS_DEG)))
        drawn = angles[torch.randint(len(angles), (pictures.shape[0],))]
        turned = rotate(pictures, drawn, padding_mode="border")
        varied: Tensor = self.greyscale(self.jitter(turned))
        return varied


def _moved(**how: object) -> nn.Module:
    """Borders are filled by reflection, as the imbalance paper's layers do by default."""
    return K.RandomAffine(**{"degrees": 0.0, "padding_mode": "reflection", "p": 1.0} | how)


def single(name: str, size_px: int) -> nn.Module:
    """One of SINGLE for pictures [N, C, size, size]; ranges as the imbalance paper prints them.

    The blur's kernel of 3 to 7 of 224 px is less than 3 px here, so 3 with a varied width is the
    mildest there is. Zoom has no printed range: ±0.3, like height and width.
    """
    cut = 70.0 / PAPER_SIZE_PX
    kept = (200.0 / PAPER_SIZE_PX) ** 2
    makers: dict[str, Callable[[], nn.Module]] = {
        "blur": lambda: K.RandomGaussianBlur((3, 3), (0.3, 1.0), p=1.0),
        "crop": lambda: K.RandomResizedCrop(
            (size_px, size_px), scale=(kept, kept), ratio=(1.0, 1.0), p=1.0
        ),
        "flip": lambda: nn.Sequential(K.RandomHorizontalFlip(), K.RandomVerticalFlip()),
        "rotation": lambda: _moved(degrees=45.0),
        "translation": lambda: _moved(translate=(0.3, 0.3)),
        "cutout": lambda: K.RandomErasing((1e-5, cut**2), (1.0, 1.0), value=0.5, p=1.0),
        "contrast": lambda: K.RandomContrast((0.7, 1.3), p=1.0),
        "height": lambda: _moved(scale=(1.0, 1.0, 0.7, 1.3)),
        "width": lambda: _moved(scale=(0.7, 1.3, 1.0, 1.0)),
        "zoom": lambda: _moved(scale=(0.7, 1.3)),
    }
    return makers[name]()


def build(name: str, size_px: int) -> Transform:
    """By name: `none`, `expression`, one of SINGLE, `all` ten or `best-five` one after the other.

    The result takes [N, 3, size, size] float32 in 0…1 and returns the same. Raises KeyError.
    """
    if name == "none":
        return nn.Identity()
    if name == "expression":
        return ExpressionVariation()
    chains = {"all": SINGLE, "best-five": BEST_FIVE}
    return nn.Sequential(*(single(part, size_px) for part in chains.get(name, (name,))))


def normalise(pictures: Tensor) -> Tensor:
    """[N, 3, H, W] in 0…1 → by ImageNet's mean and deviation, channels last."""
    mean, deviation = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))
    return ((pictures - mean) / deviation).contiguous(memory_format=torch.channels_last)
