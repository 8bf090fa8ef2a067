"""What a training run of the emotion network depends on besides its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.emotion.augment import Augmentation
from models.emotion.labels import LABELS
from models.emotion.network import WIDTHS

REAL_SETTINGS = (
    "balance",
    "lr",
    "muon_lr",
    "momentum",
    "smoothing",
    "dropout",
    "drop_path",
    "average",
    "soft_share",
    "mixup",
)
"""Fields of Settings that are options of the same name, all numbers."""
AMOUNTS = ("balance", "lr", "muon_lr", "mixup")
"""Those of them that may be more than 1; the others are shares."""


@dataclass(frozen=True)
class Settings:
    """Everything a run depends on besides the data; stored in its checkpoints.

    `sizes_px[i]` is epoch i's input size: small first, the shipped size last. `photos` pictures
    per epoch are drawn from the photographs with chance ∝ class size ^ −`balance`. `muon_lr` is a
    share of a weight's length, `lr` AdamW's rate; both rise over `warmup_steps` and fall by half a
    cosine to `final_lr` of the peak. `soft_share` of each target is what the weights that the run
    began with say of the clean picture and its mirror, or with `soft_views` of so many mildly
    varied views of it, against label noise (Reed et al. 2015, arXiv:1412.6596, soft bootstrapping,
    with a fixed teacher). `soft_targets` names a file in which several teachers say it. Of `folds`
    parts of the pictures (0: no parts) the run does not train on the one numbered `left_out`.
    `mixup` is α of the Beta distribution that shares of mixed pictures are drawn from; 0 mixes
    none. `started_from` names the weights a run began with. The loss is the softmax over `classes`
    (indices into LABELS) only: those that the pictures show.
    """

    sizes_px: tuple[int, ...] = (48,) * 8 + (64,) * 8
    widths: tuple[int, ...] = WIDTHS
    activation: str = "mish"
    started_from: str = ""
    classes: tuple[int, ...] = tuple(range(len(LABELS)))
    batch: int = 160
    photos: int = 4000
    balance: float = 0.5
    lr: float = 2e-3
    muon_lr: float = 0.04
    momentum: float = 0.9
    warmup_steps: int = 100
    final_lr: float = 0.01
    smoothing: float = 0.1
    dropout: float = 0.2
    drop_path: float = 0.0
    average: float = 0.995
    soft_share: float = 0.0
    soft_views: int = 0
    soft_targets: str = ""
    folds: int = 0
    left_out: int = 0
    mixup: float = 0.0
    seed: int = 1
    augmentation: Augmentation = field(default_factory=Augmentation)

    def is_seen(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of some rows (of FER2013 then photographs) the run trains on.

        Files are in the order of their classes, so that every fold has its share of each.
        """
        if not self.folds:
            return np.ones(len(rows), bool)
        return np.asarray(rows % self.folds != self.left_out)
