"""One cell of a comparison: a network trained from one setting, measured as the unit would run it.

A cell leaves a folder with `last.pt` after each epoch and `<name>.json` at the end; asked again it
continues, or returns what the file says.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models.commands import TrainingDataError
from models.comparisons import architectures, layers, measure, transforms
from models.comparisons.data import Fold
from models.devices import CPU
from models.schedule import rate

FOCAL_ALPHA, FOCAL_GAMMA = 0.25, 2.0


@dataclass(frozen=True)
class Cell:
    """Everything a cell depends on besides its pictures.

    `activation` None is the architecture's own; `loss` is `cross-entropy` or `focal`;
    `transform` is a name that transforms.build knows, applied to every training picture or, with
    `varies_copies_only`, to those that over-sampling added. `weights`: file of ImageNet weights.
    """

    name: str
    architecture: str
    classes: tuple[str, ...]
    activation: str | None = None
    loss: str = "cross-entropy"
    transform: str = "none"
    varies_copies_only: bool = False
    size_px: int = 64
    epochs: int = 10
    batch: int = 64
    lr: float = 1e-4
    seed: int = 1
    weights: str | None = None
    schedule: str = "constant"


def cell_of(settings: dict[str, Any]) -> Cell:
    """The cell that kept settings tell of; what is younger than they are has its default."""
    return Cell(**settings | {"classes": tuple(settings["classes"])})


def focal_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of −α (1 − p)^γ log p, α = 0.25, γ = 2 (Lin et al. 2017, arXiv:1708.02002, eq. 5)."""
    log_p = functional.log_softmax(logits, 1).gather(1, labels[:, None])[:, 0]
    return (-FOCAL_ALPHA * (1.0 - log_p.exp()) ** FOCAL_GAMMA * log_p).mean()


LOSSES = {"cross-entropy": functional.cross_entropy, "focal": focal_loss}


class Training:
    """A cell's network on its way: what `last.pt` holds."""

    def __init__(self, cell: Cell, folder: Path, device: torch.device = CPU) -> None:
        torch.manual_seed(cell.seed)
        self.device = device
        self.cell = cell
        self.path = folder / "last.pt"
        made = architectures.create(
            cell.architecture, len(cell.classes), cell.size_px, cell.activation, cell.weights
        )
        if device.type == "cpu":
            made = layers.speed_up(made)
        self.network = made.to(device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = torch.optim.Adam(self.network.parameters(), cell.lr, fused=True)
        self.epoch = 0
        self.minutes = 0.0
        self.losses: list[float] = []
        if self.path.exists():
            self._restore()

    def _restore(self) -> None:
        stored = torch.load(self.path, map_location=self.device, weights_only=True)
        if cell_of(stored["cell"]) != self.cell:
            raise TrainingDataError(f"{self.path} was made with other settings: name another --out")
        self.network.load_state_dict(stored["network"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.epoch, self.minutes = stored["epoch"], stored["minutes"]
        self.losses = stored["losses"]

    def save(self) -> None:
        """Write the checkpoint so that an interruption leaves the previous one whole."""
        content = {
            "cell": json.loads(json.dumps(asdict(self.cell))),
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "minutes": self.minutes,
            "losses": self.losses,
        }
        unfinished = self.path.with_suffix(".part")
        torch.save(content, unfinished)
        unfinished.rename(self.path)

    def _set_rate(self, number: int, steps: int) -> None:
        """For the step of this number of an epoch's `steps`."""
        if self.cell.schedule == "cosine":
            step, total = self.epoch * steps + number, self.cell.epochs * steps
            share = rate(step, total, warmup_steps=steps, final=0.0)
            self.optimizer.param_groups[0]["lr"] = self.cell.lr * share

    def run_epoch(self, fold: Fold) -> None:
        """One pass over the training pictures, shuffled by seed and epoch."""
        cell, began = self.cell, time.process_time()
        torch.manual_seed(cell.seed * 1000 + self.epoch)
        vary = transforms.build(cell.transform, cell.size_px)
        order = torch.randperm(len(fold.train_labels))
        batches = order[: len(order) // cell.batch * cell.batch].view(-1, cell.batch)
        title = f"{cell.name} epoch {self.epoch + 1}/{cell.epochs}"
        self.network.train()
        total = 0.0
        for number, rows in enumerate(tqdm(batches, desc=title, mininterval=5.0, leave=False)):
            self._set_rate(number, len(batches))
            x = torch.from_numpy(fold.train_pictures[rows.numpy()])
            x = (x.float() / 255.0).unsqueeze(1).expand(-1, 3, -1, -1)
            if cell.varies_copies_only:
                copies = torch.from_numpy(fold.is_copy[rows.numpy()])
                x = torch.where(copies.view(-1, 1, 1, 1), vary(x), x)
            else:
                x = vary(x)
            labels = torch.from_numpy(fold.train_labels[rows.numpy()]).to(self.device)
            x = transforms.normalise(x).to(self.device)
            with torch.autocast(self.device.type, torch.bfloat16):
                logits = self.network(x)
            loss = LOSSES[cell.loss](logits.float(), labels)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            total += loss.item()
        self.losses.append(total / len(batches))
        self.minutes += (time.process_time() - began) / 60.0
        self.epoch += 1


def run(cell: Cell, fold: Fold, out: Path, device: torch.device = CPU) -> dict[str, Any]:
    """Train on `device` and measure what is not done yet; returns (and keeps) the result."""
    result_path = out / f"{cell.name}.json"
    if result_path.exists():
        found: dict[str, Any] = json.loads(result_path.read_text())
        return found
    folder = out / cell.name
    folder.mkdir(parents=True, exist_ok=True)
    training = Training(cell, folder, device)
    while training.epoch < cell.epochs:
        training.run_epoch(fold)
        training.save()
    unfinished = result_path.with_suffix(".part")
    unfinished.write_text(json.dumps(describe(training, fold), indent=1) + "\n")
    unfinished.rename(result_path)
    training.path.unlink()
    folder.rmdir()
    return run(cell, fold, out, device)


def describe(training: Training, fold: Fold) -> dict[str, Any]:
    """The result of a trained cell: settings, size, cost, counts [true][taken for] on the test."""
    cell = training.cell
    training.network.to(CPU)
    probabilities = measure.probabilities(training.network, cell.classes, cell.size_px, fold.test)
    taken = probabilities.argmax(axis=1)
    counts = np.zeros((len(cell.classes),) * 2, np.int64)
    np.add.at(counts, (fold.test_labels, taken), 1)
    parameters, flops = measure.cost(training.network, cell.size_px)
    return {
        "cell": asdict(cell),
        "train_pictures": len(fold.train_labels),
        "test_pictures": len(fold.test_labels),
        "confusion": counts.tolist(),
        "losses": [round(value, 4) for value in training.losses],
        "minutes": round(training.minutes, 2),
        "parameters": parameters,
        "flops": flops,
    }
