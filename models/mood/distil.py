"""Teaches the student the teacher's main directions: `python -m models.mood.distil --help`.

One visible loop over the views' rounds. Every epoch ends with a checkpoint; the same command goes
on from it.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.decomposition import PCA
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models import commands, schedule
from models.commands import TrainingDataError
from models.emotion import optimizer
from models.mood import views
from models.mood.pictures import as_input
from models.mood.student import DIRECTIONS, WIDTHS, Student
from models.mood.views import Views

SPREAD = 0.3
"""Added to each feature's deviation, so that nearly silent features are not blown up."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """Everything a run depends on besides its views; rates as in models.emotion.optimizer."""

    epochs: int = 40
    batch: int = 96
    lr: float = 1e-3
    muon_lr: float = 0.03
    momentum: float = 0.9
    warmup_steps: int = 100
    final_lr: float = 0.01
    average: float = 0.998
    seed: int = 1
    widths: tuple[int, ...] = WIDTHS


@dataclass(frozen=True)
class Directions:
    """Teacher features → main directions: square root, standardise, rotate, unit deviation."""

    mean: Tensor
    spread: Tensor
    axes: Tensor
    """[64, 1280], scaled so that each direction has deviation 1 over the views."""

    @classmethod
    def fit(cls, features: npt.NDArray[np.uint8]) -> Directions:
        """From teacher features [V, 1280] of all views."""
        roots = np.sqrt(features.astype(np.float32))
        mean, spread = roots.mean(axis=0), roots.std(axis=0) + SPREAD
        found = PCA(DIRECTIONS, random_state=0).fit((roots - mean) / spread)
        axes = found.components_ / np.sqrt(found.explained_variance_)[:, None]
        return cls(*(torch.from_numpy(v.astype(np.float32)) for v in (mean, spread, axes)))

    def of(self, features: npt.NDArray[np.uint8]) -> Tensor:
        """[N, 1280] uint8 → [N, 64]."""
        roots = torch.from_numpy(np.sqrt(features.astype(np.float32)))
        return ((roots - self.mean) / self.spread) @ self.axes.T

    def state(self) -> dict[str, Tensor]:
        """For a checkpoint."""
        return {"mean": self.mean, "spread": self.spread, "axes": self.axes}


class Run:
    """The state of a run: model, averaged model, optimizers, directions and their checkpoint."""

    def __init__(self, settings: Settings, out: Path) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.path = settings, out / "student.pt"
        self.model = Student(settings.widths).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = copy.deepcopy(self.model)
        self.optimizers = optimizer.build(
            self.model, settings.lr, settings.muon_lr, settings.momentum
        )
        self.peaks = [group["lr"] for o in self.optimizers for group in o.param_groups]
        self.directions: Directions | None = None
        self.epoch = self.step = 0
        self.history: list[dict[str, float]] = []

    def save(self) -> None:
        """Write the checkpoint so that an interruption leaves the previous one whole."""
        assert self.directions is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        torch.save(
            {
                "settings": asdict(self.settings),
                "model": self.model.state_dict(),
                "mean": self.mean.state_dict(),
                "optimizers": [o.state_dict() for o in self.optimizers],
                "directions": self.directions.state(),
                "epoch": self.epoch,
                "step": self.step,
                "history": self.history,
            },
            unfinished,
        )
        unfinished.rename(self.path)

    def restore(self) -> None:
        """Go on from the checkpoint; raises TrainingDataError when it is of other settings."""
        stored: dict[str, Any] = torch.load(self.path, weights_only=True)
        if stored["settings"] != asdict(self.settings):
            raise TrainingDataError(f"{self.path} was made with other settings: name another --out")
        self.model.load_state_dict(stored["model"])
        self.mean.load_state_dict(stored["mean"])
        for ours, theirs in zip(self.optimizers, stored["optimizers"], strict=True):
            ours.load_state_dict(theirs)
        self.directions = Directions(**stored["directions"])
        self.epoch, self.step = stored["epoch"], stored["step"]
        self.history = stored["history"]


def train_epoch(run: Run, view: Views, targets: Tensor) -> float:
    """One round of views; returns the mean squared error (1: nothing told)."""
    settings = run.settings
    generator = torch.Generator().manual_seed(settings.seed * 1000 + run.epoch)
    order = torch.randperm(len(targets), generator=generator)
    batches = order[: len(order) // settings.batch * settings.batch].view(-1, settings.batch)
    total = settings.epochs * len(batches)
    losses = []
    run.model.train()
    for rows in tqdm(batches, desc=f"epoch {run.epoch + 1}/{settings.epochs}", mininterval=5.0):
        now = schedule.rate(run.step, total, settings.warmup_steps, settings.final_lr)
        schedule.set_rates(run.optimizers, run.peaks, now)
        x = as_input(view.pictures[rows.numpy()])
        mirrored = torch.rand(len(rows), generator=generator) < 0.5
        x = torch.where(mirrored.view(-1, 1, 1, 1), x.flip(3), x)
        with torch.autocast("cpu", torch.bfloat16):
            told = run.model(x)
        loss = functional.mse_loss(told.float(), targets[rows])
        loss.backward()  # type: ignore[no-untyped-call]
        for o in run.optimizers:
            o.step()
        run.model.zero_grad(set_to_none=True)
        schedule.average_into(run.mean, run.model, settings.average, run.step)
        run.step += 1
        losses.append(loss.item())
    return float(np.mean(losses))


def train(settings: Settings, rounds: list[Views], out: Path) -> Run:
    """All epochs that are not done yet, the rounds one after the other; returns the run."""
    run = Run(settings, out)
    if run.path.exists():
        run.restore()
    if run.directions is None:
        run.directions = Directions.fit(np.concatenate([view.features for view in rounds]))
    while run.epoch < settings.epochs:
        began = time.monotonic()
        view = rounds[run.epoch % len(rounds)]
        loss = train_epoch(run, view, run.directions.of(view.features))
        minutes = (time.monotonic() - began) / 60.0
        run.history.append({"epoch": run.epoch, "loss": loss, "minutes": minutes})
        run.epoch += 1
        run.save()
        print(json.dumps({k: round(v, 4) for k, v in run.history[-1].items()}), flush=True)
    return run


def main() -> None:
    """Entry of `python -m models.mood.distil`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--views", type=Path, required=True, help="folder of models.mood.views")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    for name in ("epochs", "batch", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Settings, name))
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    settings = Settings(epochs=given.epochs, batch=given.batch, seed=given.seed)
    train(settings, views.load(given.views), given.out)


if __name__ == "__main__":
    sys.exit(commands.run(main))
