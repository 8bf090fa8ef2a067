"""Targets that a teacher, a network trained before, has a share in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.emotion.dataset import Faces
from models.emotion.predict import predict, predict_views
from models.emotion.settings import Settings


def soft_targets(
    teacher: nn.Module, parts: Sequence[Faces], settings: Settings, kept: Path
) -> Tensor:
    """The teacher's probabilities [N, 7] for all parts' pictures, kept in the file `kept`.

    Of the clean picture and its mirror image, or of the settings' `soft_views` views of it.
    """
    if not kept.exists():
        size_px, views = settings.sizes_px[-1], settings.soft_views
        rng = torch.Generator().manual_seed(settings.seed)
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


def targets_of(labels: Tensor, soft: Tensor | None, settings: Settings) -> Tensor:
    """Labels [N] (places among the settings' classes) → target probabilities [N, classes].

    Smoothed, then mixed with the teacher's `soft` [N, 7] by the settings' share.
    """
    count = len(settings.classes)
    hard = functional.one_hot(labels, count).float()
    hard = hard * (1.0 - settings.smoothing) + settings.smoothing / count
    if soft is None:
        return hard
    among = soft[:, list(settings.classes)]
    among = among / among.sum(1, keepdim=True)
    return (1.0 - settings.soft_share) * hard + settings.soft_share * among
