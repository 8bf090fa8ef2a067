"""One epoch of training: which pictures it shows, and the loop over its batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models import devices, schedule
from models.commands import TrainingDataError
from models.emotion.augment import augment, standardise
from models.emotion.dataset import Faces
from models.emotion.labels import LABELS
from models.emotion.predict import logits_of
from models.emotion.run import Run
from models.emotion.settings import Settings
from models.emotion.teaching import mixed, targets_of

SHOWN_STEPS = 25
"""Batches between two looks at the loss: a GPU would wait for each look."""


def epoch_rows(fer: Faces, photos: Faces, settings: Settings, epoch: int) -> npt.NDArray[Any]:
    """Rows of (FER2013 then photographs) this epoch trains on, shuffled; fixed by the seed."""
    rng = np.random.default_rng([settings.seed, epoch])
    seen = settings.is_seen(np.arange(len(fer) + len(photos)))
    counts = np.bincount(photos.labels, minlength=len(LABELS))
    chance = counts[photos.labels].astype(float) ** -settings.balance * seen[len(fer) :]
    number = min(settings.photos, int(np.count_nonzero(chance)))
    drawn = rng.choice(len(photos), number, replace=False, p=chance / chance.sum())
    return rng.permutation(np.concatenate((np.flatnonzero(seen[: len(fer)]), len(fer) + drawn)))


def steps_before(settings: Settings, epoch: int, rows: int) -> int:
    """Optimizer steps of all epochs before `epoch`; incomplete batches are dropped."""
    return epoch * (rows // settings.batch)


def mixing(settings: Settings, epoch: int, batches: int) -> Tensor:
    """Shares [batches, batch] that each picture keeps of itself, the larger of the two."""
    rng = np.random.default_rng([settings.seed, epoch, 1])
    shares = rng.beta(settings.mixup, settings.mixup, (batches, settings.batch))
    return torch.from_numpy(np.maximum(shares, 1.0 - shares)).float()


def train_epoch(run: Run, fer: Faces, photos: Faces, soft: Tensor | None = None) -> float:
    """One epoch over FER2013 and the drawn photographs; returns its mean loss.

    `soft` [N, 7]: what teachers say of all pictures of both, in their order. With `mixup` in the
    settings, pictures and targets are mixed in pairs (Zhang et al. 2018, arXiv:1710.09412).
    """
    settings, device = run.settings, run.device
    torch.manual_seed(settings.seed * 1000 + run.epoch)
    rng = torch.Generator(device).manual_seed(settings.seed * 1000 + run.epoch)
    pictures = torch.from_numpy(np.concatenate((fer.pictures, photos.pictures))).to(device)
    present = torch.tensor(settings.classes)
    wanted = [faces.targets(settings.smoothing, settings.classes) for faces in (fer, photos)]
    everything = torch.from_numpy(np.concatenate(wanted)).to(device)
    present = present.to(device)
    soft = None if soft is None else soft.to(device)
    rows = torch.from_numpy(epoch_rows(fer, photos, settings, run.epoch)).to(device)
    size_px = settings.sizes_px[run.epoch]
    batches = rows[: len(rows) // settings.batch * settings.batch].view(-1, settings.batch)
    if not len(batches):
        raise TrainingDataError(
            f"--batch {settings.batch}: an epoch has only {len(rows)} pictures; ask for fewer"
        )
    shares = mixing(settings, run.epoch, len(batches)).to(device) if settings.mixup else None
    total = steps_before(settings, len(settings.sizes_px), len(rows))
    losses: list[Tensor] = []
    run.model.train()
    bar = tqdm(batches, desc=f"epoch {run.epoch} {size_px} px", mininterval=10.0)
    for number, batch in enumerate(bar):
        x = augment(pictures[batch], size_px, settings.augmentation, rng)
        targets = targets_of(everything[batch], None if soft is None else soft[batch], settings)
        if shares is not None:
            x = standardise(mixed(x, shares[number]))
            targets = mixed(targets, shares[number])
        now = schedule.rate(run.step, total, settings.warmup_steps, settings.final_lr)
        schedule.set_rates(run.optimizers, run.peaks, now)
        if run.graphs and run.recorded_px != size_px:
            devices.record(run.model, x.contiguous(memory_format=torch.channels_last))
            run.recorded_px = size_px
        loss = functional.cross_entropy(logits_of(run.model, x)[:, present], targets)
        loss.backward()  # type: ignore[no-untyped-call]
        for o in run.optimizers:
            o.step()
        run.model.zero_grad(set_to_none=True)
        schedule.average_into(run.mean, run.model, settings.average, run.step)
        run.step += 1
        losses.append(loss.detach())
        if number % SHOWN_STEPS == 0:
            recent = torch.stack(losses[-2 * SHOWN_STEPS :]).mean().item()
            bar.set_postfix(loss=f"{recent:.3f}", refresh=False)
    return torch.stack(losses).mean().item()
