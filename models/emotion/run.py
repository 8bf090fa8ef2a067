"""The state of a training run and its checkpoint."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from pathlib import Path

import torch

from models.devices import CPU
from models.emotion import optimizer
from models.emotion.mish import ACTIVATIONS
from models.emotion.network import EmotionNetwork
from models.emotion.settings import Settings


class Run:
    """One training run: model, averaged model, optimizers and where they are kept.

    `network` is the model to train on; None: a new one as `settings` say. `device` is where.
    """

    def __init__(
        self,
        settings: Settings,
        out: Path,
        network: EmotionNetwork | None = None,
        device: torch.device = CPU,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.out = out
        self.model = network or EmotionNetwork(
            drop_path=settings.drop_path,
            dropout=settings.dropout,
            activation=ACTIVATIONS[settings.activation],
            widths=settings.widths,
        )
        self.device = device
        self.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = copy.deepcopy(self.model)
        self.optimizers = optimizer.build(
            self.model, settings.lr, settings.muon_lr, settings.momentum
        )
        self.peaks = [group["lr"] for o in self.optimizers for group in o.param_groups]
        self.graphs, self.recorded_px = False, 0
        self.epoch = 0
        self.step = 0
        self.history: list[dict[str, float]] = []

    def save(self, name: str = "last") -> None:
        """Write `<name>.pt` so that a power failure leaves the previous one whole."""
        self.out.mkdir(parents=True, exist_ok=True)
        unfinished = self.out / f"{name}.part"
        torch.save(
            {
                "settings": asdict(self.settings),
                "model": self.model.state_dict(),
                "mean": self.mean.state_dict(),
                "optimizers": [o.state_dict() for o in self.optimizers],
                "epoch": self.epoch,
                "step": self.step,
                "history": self.history,
            },
            unfinished,
        )
        unfinished.rename(self.out / f"{name}.pt")
        (self.out / "history.json").write_text(json.dumps(self.history, indent=1) + "\n")

    def start_from(self, network: EmotionNetwork) -> None:
        """Begin with the weights of `network`, its head's too."""
        self.model.load_state_dict(network.state_dict())
        self.mean.load_state_dict(network.state_dict())

    def restore(self) -> None:
        """Continue from `last.pt`."""
        stored = torch.load(self.out / "last.pt", map_location=self.device, weights_only=True)
        self.model.load_state_dict(stored["model"])
        self.mean.load_state_dict(stored["mean"])
        for ours, theirs in zip(self.optimizers, stored["optimizers"], strict=True):
            ours.load_state_dict(theirs)
        self.epoch, self.step = stored["epoch"], stored["step"]
        self.history = stored["history"]
