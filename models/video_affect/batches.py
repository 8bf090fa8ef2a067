"""Films → batches: random crops and mirror images while learning, the middle while measuring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from models.video_affect.films import FLOW_STEPS_PER_PX, Film

Batch = tuple[Tensor, Tensor, Tensor]
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""What pretrained weights expect."""

WAVE_SCALE = 1.0 / 8192.0


def times_of(count: int, wanted: int, rng: np.random.Generator | None) -> np.ndarray:
    """Indices [wanted] into `count` frames, spread evenly; with `rng` each anywhere in its part."""
    edges = np.linspace(0, count, wanted + 1)
    inside = np.full(wanted, 0.5) if rng is None else rng.random(wanted)
    return np.minimum((edges[:-1] + inside * np.diff(edges)).astype(int), count - 1)


def batch(
    films: Sequence[Film],
    size_px: int,
    times: int,
    wave_length: int,
    rng: np.random.Generator | None,
) -> Batch:
    """(flow, frames, waveform) of films; without `rng` the middle crop, not mirrored."""
    flows, frames, waves = [], [], []
    for film in films:
        rows = times_of(len(film.frames), times, rng)
        spare = film.frames.shape[1] - size_px
        top, left = (spare // 2, spare // 2) if rng is None else rng.integers(spare + 1, size=2)
        window = np.s_[:, top : top + size_px, left : left + size_px]
        seen = film.frames[rows][window]
        moved = film.flow[rows][window].astype(np.float32) / FLOW_STEPS_PER_PX
        if rng is not None and rng.random() < 0.5:
            seen, moved = seen[:, :, ::-1], moved[:, :, ::-1] * np.float32([-1, 1])
        frames.append(torch.from_numpy(np.ascontiguousarray(seen)))
        flows.append(torch.from_numpy(np.ascontiguousarray(moved)))
        waves.append(torch.from_numpy(_cut(film.wave, wave_length, rng)))
    pictures = torch.stack(frames).permute(0, 1, 4, 2, 3).float() / 255.0
    shape = (1, 1, 3, 1, 1)
    pictures = (pictures - torch.tensor(IMAGENET_MEAN).view(shape)) / torch.tensor(
        IMAGENET_STD
    ).view(shape)
    return torch.stack(flows).permute(0, 1, 4, 2, 3), pictures, torch.stack(waves)[:, None]


def _cut(wave: np.ndarray, length: int, rng: np.random.Generator | None) -> np.ndarray:
    """`length` samples, silence behind those that end before."""
    spare = max(0, len(wave) - length)
    start = spare // 2 if rng is None else int(rng.integers(spare + 1))
    part = wave[start : start + length].astype(np.float32) * np.float32(WAVE_SCALE)
    return np.pad(part, (0, length - len(part)))
