"""What a network says of pictures as they are, or of several views of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.emotion.augment import STILL, augment, resize, standardise
from models.emotion.dataset import Faces

PART = 256
"""Pictures that go through a network at once."""

MILD = replace(STILL, rotation_deg=4.0, zoom=0.08, aspect=0.03, shift=0.03)
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
