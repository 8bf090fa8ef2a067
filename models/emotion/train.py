"""Trains the emotion network: `python -m models.emotion.train --help`.

One visible loop. Every epoch ends with a checkpoint that carries settings, weights, averaged
weights, optimizers and metrics; the same command continues where the last checkpoint stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from models import commands, schedule
from models.emotion import checkpoint, dataset, from_onnx, normalisation
from models.emotion.augment import Augmentation, augment
from models.emotion.dataset import Faces
from models.emotion.labels import LABELS, THREE
from models.emotion.mish import ACTIVATIONS, compile_kernels
from models.emotion.network import EmotionNetwork
from models.emotion.predict import predict
from models.emotion.run import Run
from models.emotion.settings import REAL_SETTINGS, Settings
from models.emotion.teaching import soft_targets, targets_of

SOFT_TARGETS = "soft.npy"
STATISTICS_PICTURES = 4096
"""From which an exported network's normalisations get their statistics back."""


def epoch_rows(fer: Faces, photos: Faces, settings: Settings, epoch: int) -> np.ndarray[Any, Any]:
    """Rows of (FER2013 then photographs) this epoch trains on, shuffled; fixed by the seed."""
    rng = np.random.default_rng([settings.seed, epoch])
    counts = np.bincount(photos.labels, minlength=len(LABELS))
    chance = counts[photos.labels].astype(float) ** -settings.balance
    number = min(settings.photos, len(photos))
    drawn = rng.choice(len(photos), number, replace=False, p=chance / chance.sum())
    return rng.permutation(np.concatenate((np.arange(len(fer)), len(fer) + drawn)))


def accuracy(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Share right over seven classes, and over three (DESIGN section 5)."""
    three = torch.tensor([LABELS.index(name) for name in THREE])
    rows = torch.isin(labels, three)
    best = three[logits[rows][:, three].argmax(1)]
    return {
        "seven": (logits.argmax(1) == labels).float().mean().item(),
        "three": (best == labels[rows]).float().mean().item(),
        "nll": functional.cross_entropy(logits, labels).item(),
    }


def steps_before(settings: Settings, epoch: int, rows: int) -> int:
    """Optimizer steps of all epochs before `epoch`; incomplete batches are dropped."""
    return epoch * (rows // settings.batch)


def train_epoch(run: Run, fer: Faces, photos: Faces, soft: Tensor | None = None) -> float:
    """One epoch over FER2013 and the drawn photographs; returns its mean loss.

    `soft` [N, 7]: the teacher's probabilities for all pictures of both, in their order.
    """
    settings = run.settings
    torch.manual_seed(settings.seed * 1000 + run.epoch)
    rng = torch.Generator().manual_seed(settings.seed * 1000 + run.epoch)
    pictures = torch.from_numpy(np.concatenate((fer.pictures, photos.pictures)))
    present = torch.tensor(settings.classes)
    places = torch.zeros(len(LABELS), dtype=torch.long)
    places[present] = torch.arange(len(present))
    labels = places[torch.from_numpy(np.concatenate((fer.labels, photos.labels)))]
    rows = torch.from_numpy(epoch_rows(fer, photos, settings, run.epoch))
    size_px = settings.sizes_px[run.epoch]
    batches = rows[: len(rows) // settings.batch * settings.batch].view(-1, settings.batch)
    total = steps_before(settings, len(settings.sizes_px), len(rows))
    groups = [group for o in run.optimizers for group in o.param_groups]
    losses: list[float] = []
    run.model.train()
    for batch in (bar := tqdm(batches, desc=f"epoch {run.epoch} {size_px} px", mininterval=10.0)):
        x = augment(pictures[batch], size_px, settings.augmentation, rng)
        now = schedule.rate(run.step, total, settings.warmup_steps, settings.final_lr)
        for group, peak in zip(groups, run.peaks, strict=True):
            group["lr"] = peak * now
        with torch.autocast("cpu", torch.bfloat16):
            logits = run.model(x.contiguous(memory_format=torch.channels_last))
        targets = targets_of(labels[batch], None if soft is None else soft[batch], settings)
        loss = functional.cross_entropy(logits.float()[:, present], targets)
        loss.backward()  # type: ignore[no-untyped-call]
        for o in run.optimizers:
            o.step()
        run.model.zero_grad(set_to_none=True)
        schedule.average_into(run.mean, run.model, settings.average, run.step)
        run.step += 1
        losses.append(loss.item())
        bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}", refresh=False)
    return float(np.mean(losses))


def start_network(path: Path, faces: Faces, settings: Settings) -> EmotionNetwork:
    """The weights to begin with: a checkpoint's averaged ones, or an exported network's.

    The latter's normalisations get their statistics from the first pictures of `faces`.
    """
    if path.suffix != ".onnx":
        return checkpoint.load(path).network
    network = from_onnx.load(path, settings.activation)
    rng = torch.Generator().manual_seed(settings.seed)
    rows = torch.randperm(len(faces), generator=rng)[:STATISTICS_PICTURES]
    pictures = torch.from_numpy(faces.pictures)[rows].split(settings.batch)
    varied = (augment(p, settings.sizes_px[-1], settings.augmentation, rng) for p in pictures)
    normalisation.restore(network, varied)
    return network


def train(
    settings: Settings,
    parts: dict[str, Faces],
    out: Path,
    fresh: bool = False,
    start_from: Path | None = None,
) -> Run:
    """Run all epochs that are not done yet; returns the finished run."""
    run = Run(settings, out)
    if not fresh and (out / "last.pt").exists():
        run.restore()
    elif start_from is not None:
        run.start_from(start_network(start_from, parts["fer-train"], settings))
    trained_on = (parts["fer-train"], parts["photos-train"])
    soft = None
    if fresh:
        # What another teacher said, or of other views, is not this run's.
        (out / SOFT_TARGETS).unlink(missing_ok=True)
    if settings.soft_share > 0.0:
        soft = soft_targets(run.mean, trained_on, settings, out / SOFT_TARGETS)
    while run.epoch < len(settings.sizes_px):
        began = time.monotonic()
        size_px = settings.sizes_px[run.epoch]
        loss = train_epoch(run, *trained_on, soft)
        drawn = {"photos": settings.photos, "balance": settings.balance}
        entry = {"epoch": run.epoch, "size_px": size_px, "loss": loss} | drawn
        for name in ("fer-validation", "photos-held-out"):
            faces = parts[name]
            right = accuracy(predict(run.mean, faces, size_px), torch.from_numpy(faces.labels))
            entry |= {f"{name}.{key}": value for key, value in right.items()}
        entry["minutes"] = (time.monotonic() - began) / 60.0
        run.history.append(entry)
        run.epoch += 1
        run.save()
        print(json.dumps({key: round(value, 4) for key, value in entry.items()}), flush=True)
    return run


def arguments() -> argparse.ArgumentParser:
    """The command line; defaults are those of Settings."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0] if __doc__ else None,
        epilog="Your own faces: --data FOLDER_OF_CLASSES --out RUN (see --data . --help).",
    )
    dataset.add_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--fresh", action="store_true", help="do not continue from last.pt")
    parser.add_argument("--plain", action="store_true", help="no compiled kernels (no compiler)")
    parser.add_argument("--sizes", default="48x8,64x8", help="px times epochs, in order")
    parser.add_argument(
        "--drawn-photos", dest="drawn", type=int, default=Settings.photos, help="photos per epoch"
    )
    parser.add_argument(
        "--start-from",
        type=Path,
        help="checkpoint (.pt) or exported network (.onnx) whose weights to begin with",
    )
    parser.add_argument(
        "--coarse-chance", type=float, default=0.0, help="share of pictures shrunk to 20-40 px"
    )
    parser.add_argument(
        "--mask-chance", type=float, default=0.0, help="share of faces behind a drawn mask"
    )
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="mish")
    for name in ("batch", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Settings, name))
    parser.add_argument(
        "--soft-views",
        type=views_of,
        default=Settings.soft_views,
        help="views of each face that the teacher of --soft-share is asked about;"
        " 0: the face and its mirror image",
    )
    for name in REAL_SETTINGS:
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, dest=name, type=float, default=getattr(Settings, name))
    return parser


def views_of(text: str) -> int:
    """`8` → 8; fewer than none cannot be looked at."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is no number of views: 0 or more")
    return int(text)


def sizes_of(text: str) -> tuple[int, ...]:
    """`48x2,64x1` → (48, 48, 64)."""
    sizes: list[int] = []
    for stretch in text.split(","):
        size_px, _, epochs = stretch.partition("x")
        sizes += [int(size_px)] * int(epochs or 1)
    return tuple(sizes)


def main() -> None:
    """Entry of `python -m models.emotion.train`; with --data the owner's own pictures train."""
    if any(argument.split("=")[0] == "--data" for argument in sys.argv[1:]):
        # Imported here, because it builds on this module.
        from models.emotion import own_training

        sys.exit(own_training.main(sys.argv[1:]))
    given = arguments().parse_args()
    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    if not given.plain:
        compile_kernels()
    names = ("batch", "seed", "soft_views", "activation", *REAL_SETTINGS)
    settings = replace(
        Settings(),
        sizes_px=sizes_of(given.sizes),
        photos=given.drawn,
        started_from=given.start_from.stem if given.start_from else "",
        augmentation=replace(
            Augmentation(), coarse_chance=given.coarse_chance, mask_chance=given.mask_chance
        ),
        **{name: getattr(given, name) for name in names},
    )
    parts = dataset.load(given.fer, given.photos, given.cache)
    train(settings, parts, given.out, given.fresh, given.start_from)


if __name__ == "__main__":
    sys.exit(commands.run(main))
