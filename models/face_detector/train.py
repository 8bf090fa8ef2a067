"""Train the face network: `python -m models.face_detector.train --data FOLDER --teacher FILE`.

One visible loop. The same settings and seed draw the same canvases in the same order; a run that
was interrupted goes on from `last.pt` in its output folder, `best.pt` holds the best averaged
weights on faces/valid.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from models import commands
from models.face_detector.assignment import Targets
from models.face_detector.augment import Canvas, MosaicMaker, MosaicSettings
from models.face_detector.finder import NetworkFinder, to_tensor
from models.face_detector.loss import LossSettings, detection_loss
from models.face_detector.matching import Curve, curve, match
from models.face_detector.network import FaceYolo, NetworkSettings, anchor_points
from models.face_detector.pictures import LabelledPicture, is_kept_apart, load_faces
from models.face_detector.teacher import load_taught


@dataclass(frozen=True)
class TrainSettings:
    """Everything that shapes a run; stored in its checkpoints."""

    steps: int = 6200
    batch: int = 16
    learning_rate: float = 2.5e-3
    last_learning_rate_share: float = 0.01
    warm_up_steps: int = 300
    weight_decay: float = 0.03
    average_decay: float = 0.999  # of the running mean of the weights, which is what ships
    gradient_limit: float = 10.0
    validate_every: int = 1100
    save_every: int = 200
    seed: int = 0
    threads: int = 1
    sizes_px: tuple[int, ...] = (320,)  # of the canvases, step by step in turn
    started_from: str = ""  # name of the checkpoint whose averaged weights a run began with
    network: NetworkSettings = field(default_factory=NetworkSettings)
    mosaic: MosaicSettings = field(default_factory=MosaicSettings)
    loss: LossSettings = field(default_factory=LossSettings)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="has faces/ or faces.tar …")
    parser.add_argument("--teacher", type=Path, required=True, help="yunet_n_dynamic.onnx")
    parser.add_argument("--cache", type=Path, required=True, help="for the teacher's labels")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    numbers = ("steps", "batch", "learning_rate", "validate_every", "seed", "threads")
    for name in numbers:
        default = getattr(TrainSettings, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--sizes", type=int, nargs="+", default=[320], help="canvas sides in px")
    parser.add_argument("--smallest-px", type=float, default=MosaicSettings.smallest_px)
    parser.add_argument("--start-from", type=Path, help="checkpoint to begin with")
    given = parser.parse_args(arguments)
    settings = replace(
        TrainSettings(),
        sizes_px=tuple(given.sizes),
        started_from=str(given.start_from.name) if given.start_from else "",
        mosaic=MosaicSettings(smallest_px=given.smallest_px),
        **{name: getattr(given, name) for name in numbers},
    )
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(settings.threads)
    sets = load_sets(given.data, given.teacher, given.cache)
    makers = [
        MosaicMaker(sets, replace(settings.mosaic, size_px=size_px)) for size_px in given.sizes
    ]
    train(settings, makers, load_faces(given.data, "valid"), given.out, given.start_from)


def load_sets(
    data: Path, teacher: Path, cache: Path
) -> tuple[list[LabelledPicture], list[LabelledPicture], list[LabelledPicture]]:
    """(labelled photographs, expression photographs, the rest) for training."""
    expressions = [
        picture
        for picture in load_taught(data, "expression-photos", teacher, cache)
        if not is_kept_apart(picture.name)
    ]
    rest = [
        picture
        for name in ("oasis", "scenes")
        for picture in load_taught(data, name, teacher, cache, enlarge=2.0)
    ]
    return load_faces(data, "train"), expressions, rest


def train(
    settings: TrainSettings,
    makers: Sequence[MosaicMaker],
    valid: Sequence[LabelledPicture],
    out: Path,
    start_from: Path | None = None,
) -> FaceYolo:
    """Run (or go on with) a training; returns the averaged network.

    `makers` draw the batches in turn, one for each of the settings' canvas sizes.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    network = FaceYolo(settings.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if start_from is not None:
        network.load_state_dict(torch.load(start_from, weights_only=True)["average"])
    average: FaceYolo = copy.deepcopy(network)
    optimizer = _optimizer(network, settings)
    first, best = _resume(out / "last.pt", network, average, optimizer)
    centres = [anchor_points(size_px)[0] for size_px in settings.sizes_px]
    bar = tqdm(range(first, settings.steps), initial=first, total=settings.steps, mininterval=5)
    for step in bar:
        rng = np.random.default_rng([settings.seed, step])
        turn = step % len(makers)
        canvases = [makers[turn].draw(rng) for _ in range(settings.batch)]
        network.train()
        with torch.autocast("cpu", torch.bfloat16):
            boxes, logits = network(to_tensor(np.stack([c.pixels for c in canvases])))
        loss = detection_loss(boxes, logits, centres[turn], targets_of(canvases), settings.loss)
        optimizer.zero_grad(set_to_none=True)
        loss.total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_limit)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, settings)
        optimizer.step()
        update_average(average, network, step, settings.average_decay)
        if step % 20 == 0:
            bar.set_postfix_str(f"box {loss.box:.2f} conf {loss.confidence:.2f} n {loss.positives}")
        done = step + 1
        if done % settings.validate_every == 0 or done == settings.steps:
            metrics = validate(average, valid, settings.sizes_px[0])
            _log(out / "log.jsonl", {"step": done, **metrics})
            if metrics["score"] > best:
                best = metrics["score"]
                _save(out / "best.pt", settings, done, best, metrics, average=average)
        if done % settings.save_every == 0 or done == settings.steps:
            _save(out / "last.pt", settings, done, best, {}, network=network, average=average,
                  optimizer=optimizer)  # fmt: skip
    return average


def targets_of(canvases: Sequence[Canvas]) -> Targets:
    """A batch of canvases' faces as one list with the index of their canvas."""

    def joined(parts: Sequence[np.ndarray[Any, Any]]) -> tuple[torch.Tensor, torch.Tensor]:
        boxes = torch.from_numpy(np.concatenate(parts).astype(np.float32))
        counts = torch.tensor([len(part) for part in parts])
        return boxes, torch.repeat_interleave(torch.arange(len(parts)), counts)

    return Targets(*joined([c.boxes for c in canvases]), *joined([c.ignored for c in canvases]))


def learning_rate(step: int, settings: TrainSettings) -> float:
    """Linear warm-up, then half a cosine down to the last share."""
    if step < settings.warm_up_steps:
        return settings.learning_rate * (step + 1) / settings.warm_up_steps
    part = (step - settings.warm_up_steps) / max(settings.steps - settings.warm_up_steps, 1)
    low = settings.last_learning_rate_share
    return settings.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * part)) / 2)


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    """Move the running mean of weights and statistics; faster at the start."""
    share = 1 - decay * (1 - math.exp(-(step + 1) / 500))
    means, values = average.state_dict().values(), network.state_dict().values()
    for mean, value in zip(means, values, strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, share)
        else:
            mean.copy_(value)


def validate(
    network: FaceYolo, pictures: Sequence[LabelledPicture], size_px: int
) -> dict[str, float]:
    """Recall at 0.1, 0.2 and 0.3 false alarms per picture, and their mean as `score`."""
    find = NetworkFinder(copy.deepcopy(network), size_px)
    result: Curve = curve(
        [match(find(p.pixels), p.boxes, p.ignored, max(p.pixels.shape[:2])) for p in pictures]
    )
    recalls = {f"recall_at_{rate}": result.at(rate)[1] for rate in (0.1, 0.2, 0.3)}
    return {**recalls, "score": sum(recalls.values()) / 3, "threshold": result.at(0.3)[0]}


def _optimizer(network: nn.Module, settings: TrainSettings) -> torch.optim.Optimizer:
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return torch.optim.AdamW(
        [
            {"params": weights, "weight_decay": settings.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=settings.learning_rate,
    )


def _resume(
    path: Path, network: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[int, float]:
    """Load an interrupted run's state: (next step, best score so far)."""
    if not path.is_file():
        return 0, -1.0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), float(state["best"])


def _save(
    path: Path,
    settings: TrainSettings,
    step: int,
    best: float,
    metrics: dict[str, float],
    **parts: nn.Module | torch.optim.Optimizer,
) -> None:
    states = {name: part.state_dict() for name, part in parts.items()}
    part = path.with_suffix(".part")
    facts = {"settings": asdict(settings), "step": step, "best": best, "metrics": metrics}
    torch.save({**facts, **states}, part)
    part.replace(path)


def _log(path: Path, row: dict[str, float]) -> None:
    with path.open("a") as log:
        log.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    sys.exit(commands.run(main))
