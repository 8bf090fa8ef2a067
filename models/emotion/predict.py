"""What a network says of pictures as they are, or of several views of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.devices import device_of
from models.emotion.augment import STILL, augment, resize, standardise
from models.emotion.dataset import Faces

PART = 256
"""Pictures that go through a network at once."""

MILD = replace(STILL, rotation_deg=4.0, zoom=0.08, aspect=0.03, shift=0.03)
"""Views that a teacher is asked about: as different as two crops of one face by the unit."""


def _parts(faces: Faces, device: torch.device) -> Iterator[Tensor]:
    for part in np.array_split(faces.pictures, max(1, len(faces) // PART)):
        yield torch.from_numpy(part).to(device)


def logits_of(model: nn.Module, x: Tensor) -> Tensor:
    """Logits [N, classes] float32 of standardised pictures, computed in bfloat16."""
    with torch.autocast(x.device.type, torch.bfloat16):
        answer: Tensor = model(x.contiguous(memory_format=torch.channels_last))
    return answer.float()


@torch.no_grad()
def predict(model: nn.Module, faces: Faces, size_px: int, flip: bool = False) -> Tensor:
    """Logits [N, 7] float32 on the CPU; `flip` averages with the mirrored picture's."""
    model.eval()
    out = []
    for part in _parts(faces, device_of(model)):
        x = standardise(resize(part, size_px))
        logits = logits_of(model, x)
        if flip:
            logits = (logits + logits_of(model, x.flip(3))) / 2.0
        out.append(logits)
    return torch.cat(out).cpu()


@torch.no_grad()
def predict_views(
    model: nn.Module, faces: Faces, size_px: int, views: int, rng: torch.Generator
) -> Tensor:
    """Logits [N, 7] float32 on the CPU, the mean over `views` mildly varied pictures of each face.

    `rng` is where the model is.
    """
    model.eval()
    out = []
    for part in (bar := tqdm(list(_parts(faces, rng.device)), desc="teacher", mininterval=10.0)):
        bar.set_postfix(views=views, refresh=False)
        seen = [logits_of(model, augment(part, size_px, MILD, rng)) for _ in range(views)]
        out.append(torch.stack(seen).mean(0))
    return torch.cat(out).cpu()
