"""Targets that a teacher, a network trained before, has a share in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.devices import device_of
from models.emotion import checkpoint
from models.emotion.dataset import Faces
from models.emotion.predict import logits_of, predict, predict_views
from models.emotion.settings import Settings


def soft_targets(
    teacher: nn.Module, parts: Sequence[Faces], settings: Settings, kept: Path
) -> Tensor:
    """The teacher's probabilities [N, 7] for all parts' pictures, kept in the file `kept`.

    Of the clean picture and its mirror image, or of the settings' `soft_views` views of it.
    """
    if not kept.exists():
        size_px, views = settings.sizes_px[-1], settings.soft_views
        rng = torch.Generator(device_of(teacher)).manual_seed(settings.seed)
        logits = [
            predict_views(teacher, faces, size_px, views, rng)
            if views
            else predict(teacher, faces, size_px, flip=True)
            for faces in parts
        ]
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".part.npy")
        np.save(unfinished, torch.cat(logits).softmax(1).numpy())
        unfinished.rename(kept)
    return torch.from_numpy(np.load(kept))


def mixed(x: Tensor, share: Tensor) -> Tensor:
    """`share` [N] of each of x [N, ...] and the rest of the one before it in the batch."""
    share = share.view(-1, *[1] * (x.dim() - 1))
    return x * share + x.roll(1, 0) * (1.0 - share)


class Teachers:
    """Trained networks that are asked about every batch, as the learning network sees it.

    A network knows the labels of pictures it trained on by heart, their errors too. So
    `unseen_share` of the answer is that of the networks which did not see the picture.
    """

    def __init__(self, paths: Sequence[Path], unseen_share: float, device: torch.device) -> None:
        trained = [checkpoint.load(path) for path in paths]
        self.networks = [t.network.to(device) for t in trained]
        for network in self.networks:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.folds = [(t.settings.get("folds", 0), t.settings.get("left_out", 0)) for t in trained]
        self.unseen_share = unseen_share

    def shares(self, rows: Tensor) -> Tensor:
        """How much each network's answer counts for some pictures: [N, networks], rows sum to 1."""
        alike = torch.full((len(rows), len(self.networks)), 1.0 / len(self.networks))
        alike = alike.to(rows.device)
        unseen = torch.stack(
            [
                rows % folds == left_out if folds else torch.zeros_like(rows, dtype=torch.bool)
                for folds, left_out in self.folds
            ],
            1,
        ).float()
        count = unseen.sum(1, keepdim=True)
        apart = torch.where(count > 0, unseen / count.clamp(min=1.0), alike)
        return self.unseen_share * apart + (1.0 - self.unseen_share) * alike

    @torch.no_grad()
    def probabilities(self, x: Tensor, rows: Tensor, share: Tensor | None = None) -> Tensor:
        """What the networks say [N, 7] of pictures x [N, 1, S, S] made from `rows`.

        `share` [N]: of each picture; the rest is of the one before it in the batch.
        """
        weights = self.shares(rows)
        if share is not None:
            weights = mixed(weights, share)
        said = torch.stack([logits_of(network, x).softmax(1) for network in self.networks], 1)
        return (said * weights[:, :, None]).sum(1)


def targets_of(
    labels: Tensor, soft: Tensor | None, settings: Settings, share: Tensor | None = None
) -> Tensor:
    """Labels [N] (places among the settings' classes) → target probabilities [N, classes].

    Smoothed, mixed by `share` [N] with the one before in the batch, then with the teacher's `soft`
    [N, 7] by the settings' share.
    """
    count = len(settings.classes)
    hard = functional.one_hot(labels, count).float()
    hard = hard * (1.0 - settings.smoothing) + settings.smoothing / count
    if share is not None:
        hard = mixed(hard, share)
    if soft is None:
        return hard
    among = soft[:, list(settings.classes)]
    among = among / among.sum(1, keepdim=True)
    return (1.0 - settings.soft_share) * hard + settings.soft_share * among
