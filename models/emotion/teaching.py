"""What a network says of pictures, and how that becomes a part of another network's targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from models.emotion.augment import Augmentation, augment, resize, standardise
from models.emotion.dataset import Faces
from models.emotion.settings import Settings

PART = 256
"""Pictures that go through a network at once."""

MILD = Augmentation(
    rotation_deg=4.0,
    zoom=0.08,
    aspect=0.03,
    shift=0.03,
    gamma=0.0,
    light=0.0,
    noise=0.0,
    hole_chance=0.0,
)
"""Views that a teacher is asked about: as different as two crops of one face by the unit."""


def _parts(faces: Faces) -> Iterator[Tensor]:
    for part in np.array_split(faces.pictures, max(1, len(faces) // PART)):
        yield torch.from_numpy(part)


def _logits(model: nn.Module, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        answer: Tensor = model(x.contiguous(memory_format=torch.channels_last))
    return answer.float()


@torch.no_grad()
def predict(model: nn.Module, faces: Faces, size_px: int, flip: bool = False) -> Tensor:
    """Logits [N, 7] float32; `flip` averages with the mirrored picture's."""
    model.eval()
    out = []
    for part in _parts(faces):
        x = standardise(resize(part, size_px))
        logits = _logits(model, x)
        if flip:
            logits = (logits + _logits(model, x.flip(3))) / 2.0
        out.append(logits)
    return torch.cat(out)


@torch.no_grad()
def predict_views(
    model: nn.Module, faces: Faces, size_px: int, views: int, rng: torch.Generator
) -> Tensor:
    """Logits [N, 7] float32, the mean over `views` mildly varied pictures of each face."""
    model.eval()
    out = []
    for part in (bar := tqdm(list(_parts(faces)), desc="teacher", mininterval=10.0)):
        bar.set_postfix(views=views, refresh=False)
        seen = [_logits(model, augment(part, size_px, MILD, rng)) for _ in range(views)]
        out.append(torch.stack(seen).mean(0))
    return torch.cat(out)


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
