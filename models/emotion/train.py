"""Trains the emotion network: `python -m models.emotion.train --help`.

One visible loop. Every epoch (with `--save-every`, every few) ends with a checkpoint that carries
settings, weights, averaged weights, optimizers and metrics; the same command continues where the
last checkpoint stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from models import commands, devices, words
from models.commands import TrainingDataError
from models.devices import CPU
from models.emotion import checkpoint, dataset, from_onnx, normalisation
from models.emotion.augment import Augmentation, augment
from models.emotion.dataset import Faces
from models.emotion.epochs import train_epoch
from models.emotion.labels import LABELS, THREE
from models.emotion.mish import ACTIVATIONS, compile_kernels
from models.emotion.network import EmotionNetwork
from models.emotion.predict import predict
from models.emotion.run import Run
from models.emotion.settings import AMOUNTS, REAL_SETTINGS, Settings
from models.emotion.teaching import read_targets, soft_targets

SOFT_TARGETS = "soft.npy"
STATISTICS_PICTURES = 4096
"""From which an exported network's normalisations get their statistics back."""


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


@dataclass(frozen=True)
class Options:
    """How a run begins and what it needs besides settings and pictures.

    `weights`: a checkpoint or exported network to begin with. `soft_targets`: what teachers say,
    in place of those weights' word. `fresh`: not from `last.pt`. `save_every`: epochs between
    checkpoints. `graphs`: record a step once and replay it, on a GPU.
    """

    weights: Path | None = None
    soft_targets: Path | None = None
    device: torch.device = CPU
    fresh: bool = False
    save_every: int = 1
    graphs: bool = False


PLAIN = Options()


def start_network(
    path: Path, faces: Faces, settings: Settings, device: torch.device = CPU
) -> EmotionNetwork:
    """The weights to begin with: a checkpoint's averaged ones, or an exported network's.

    The latter's normalisations get their statistics from the first pictures of `faces`.
    """
    if path.suffix != ".onnx":
        return checkpoint.load(path).network
    network = from_onnx.load(path, settings.activation).to(device)
    rng = torch.Generator(device).manual_seed(settings.seed)
    rows = torch.randperm(len(faces), generator=rng, device=device)[:STATISTICS_PICTURES]
    pictures = torch.from_numpy(faces.pictures).to(device)[rows].split(settings.batch)
    varied = (augment(p, settings.sizes_px[-1], settings.augmentation, rng) for p in pictures)
    normalisation.restore(network, varied)
    return network


def train(
    settings: Settings,
    parts: dict[str, Faces],
    out: Path,
    options: Options = PLAIN,
) -> Run:
    """Run all epochs that are not done yet; returns the finished run."""
    run = Run(settings, out, device=options.device)
    run.graphs = options.graphs
    if not options.fresh and (out / "last.pt").exists():
        run.restore()
    elif options.weights is not None:
        begun = start_network(options.weights, parts["fer-train"], settings, options.device)
        run.start_from(begun)
    trained_on = (parts["fer-train"], parts["photos-train"])
    if options.fresh:
        # What another teacher said, or of other views, is not this run's.
        (out / SOFT_TARGETS).unlink(missing_ok=True)
    soft = None
    if options.soft_targets is not None:
        soft = read_targets(options.soft_targets, trained_on)
    elif settings.soft_share > 0.0:
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
        if run.epoch % options.save_every == 0 or run.epoch == len(settings.sizes_px):
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
    devices.add_arguments(parser)
    parser.add_argument("--fresh", action="store_true", help="do not continue from last.pt")
    parser.add_argument(
        "--save-every",
        type=words.count_of(1, "epochs"),
        default=1,
        help="epochs between checkpoints (a GPU's are short)",
    )
    parser.add_argument(
        "--graphs", action="store_true", help="record a step once and replay it (GPU)"
    )
    parser.add_argument("--plain", action="store_true", help="no compiled kernels (no compiler)")
    parser.add_argument(
        "--sizes",
        type=words.sizes_of,
        default=words.sizes_of("48x8,64x8"),
        help="px times epochs, in order (48x8,64x8)",
    )
    parser.add_argument(
        "--drawn-photos",
        dest="drawn",
        type=words.count_of(0, "photographs"),
        default=Settings.photos,
        help="photos per epoch",
    )
    parser.add_argument(
        "--start-from",
        type=Path,
        help="checkpoint (.pt) or exported network (.onnx) whose weights to begin with",
    )
    for flag, what in (
        ("--coarse-chance", "share of pictures shrunk to 20-40 px"),
        ("--mask-chance", "share of faces behind a drawn mask"),
        ("--camera-chance", "chance of each of a camera's faults: exposure, contrast, blur, JPEG"),
    ):
        parser.add_argument(flag, type=words.share_of, default=0.0, help=what)
    parser.add_argument(
        "--leave-out",
        type=words.fold_of,
        default=(0, 0),
        metavar="K/N",
        help="train without part K (from 0) of N, for a teacher that has not seen it",
    )
    parser.add_argument(
        "--soft-targets",
        type=Path,
        help="what models.emotion.targets wrote: --soft-share of each target is theirs",
    )
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), default="mish")
    batch = words.count_of(1, "pictures")
    parser.add_argument("--batch", type=batch, default=Settings.batch, help="pictures a step")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument(
        "--soft-views",
        type=words.count_of(0, "views"),
        default=Settings.soft_views,
        help="views of each face that the teacher of --soft-share is asked about;"
        " 0: the face and its mirror image",
    )
    for name in REAL_SETTINGS:
        flag = "--" + name.replace("_", "-")
        kind = words.amount_of if name in AMOUNTS else words.share_of
        parser.add_argument(flag, dest=name, type=kind, default=getattr(Settings, name))
    return parser


def main() -> None:
    """Entry of `python -m models.emotion.train`; with --data the owner's own pictures train."""
    if any(argument.split("=")[0] == "--data" for argument in sys.argv[1:]):
        # Imported here, because it builds on this module.
        from models.emotion import own_training

        sys.exit(own_training.main(sys.argv[1:]))
    given = arguments().parse_args()
    device = devices.prepare(given.device, given.threads)
    if given.graphs and device.type != "cuda":
        raise TrainingDataError("--graphs needs a GPU, and PyTorch sees none here: leave it out")
    if given.soft_targets is not None and given.soft_share <= 0.0:
        raise TrainingDataError(
            "--soft-targets without --soft-share: say what share of each target they are, 0.6, say"
        )
    if not given.plain:
        compile_kernels()
    names = ("batch", "seed", "soft_views", "activation", *REAL_SETTINGS)
    settings = replace(
        Settings(),
        sizes_px=given.sizes,
        photos=given.drawn,
        started_from=given.start_from.stem if given.start_from else "",
        soft_targets=given.soft_targets.stem if given.soft_targets else "",
        left_out=given.leave_out[0],
        folds=given.leave_out[1],
        augmentation=replace(
            Augmentation(),
            coarse_chance=given.coarse_chance,
            mask_chance=given.mask_chance,
            camera_chance=given.camera_chance,
        ),
        **{name: getattr(given, name) for name in names},
    )
    parts = dataset.load(given.fer, given.photos, given.cache)
    options = Options(
        given.start_from,
        given.soft_targets,
        device,
        given.fresh,
        given.save_every,
        given.graphs,
    )
    train(settings, parts, given.out, options)


if __name__ == "__main__":
    sys.exit(commands.run(main))
