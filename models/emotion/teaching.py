"""Targets that a teacher, a network trained before, has a share in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.commands import TrainingDataError
from models.devices import device_of
from models.emotion.dataset import Faces
from models.emotion.labels import LABELS
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


def read_targets(path: Path, parts: Sequence[Faces]) -> Tensor:
    """Probabilities [N, 7] that `models.emotion.targets` wrote for all parts' pictures.

    Raises TrainingDataError when the file is no such, or one for other pictures.
    """
    expected = (sum(map(len, parts)), len(LABELS))
    try:
        said = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as exc:
        raise TrainingDataError(f"{path} is no file of models.emotion.targets") from exc
    if getattr(said, "shape", None) != expected or said.dtype.kind != "f":
        raise TrainingDataError(
            f"{path} is not of these {expected[0]} pictures: make it anew with"
            " python -m models.emotion.targets"
        )
    return torch.from_numpy(said.astype(np.float32))


def mixed(x: Tensor, share: Tensor) -> Tensor:
    """`share` [N] of each of x [N, ...] and the rest of the one before it in the batch."""
    share = share.view(-1, *[1] * (x.dim() - 1))
    return x * share + x.roll(1, 0) * (1.0 - share)


def targets_of(wanted: Tensor, soft: Tensor | None, settings: Settings) -> Tensor:
    """Target probabilities [N, 7] of labels or votes → [N, classes] of the settings.

    Mixed with the teacher's `soft` [N, 7] by the settings' share.
    """
    hard = _among(wanted, settings)
    if soft is None:
        return hard
    return (1.0 - settings.soft_share) * hard + settings.soft_share * _among(soft, settings)


def _among(probabilities: Tensor, settings: Settings) -> Tensor:
    chosen = probabilities[:, list(settings.classes)]
    return chosen / chosen.sum(1, keepdim=True)
