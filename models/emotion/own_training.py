"""One command from the owner's own pictures to a network that a unit can install.

`python -m models.emotion.train --data FOLDER_OF_CLASSES --out RUN`, or a label file in place of
the folder. Everything is checked before training starts; training goes on where it was
interrupted, stops when the validation pictures say so, and the result is exported, quantized and
measured through appliance.inference on pictures that were kept aside.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from tqdm import tqdm

from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.model_manifest import CropSpec
from models import commands, devices
from models.emotion import own_export, own_report
from models.emotion.aihub import WORDS, WORDS_HELP, words_of
from models.emotion.class_names import explained, label_of, named
from models.emotion.dataset import Faces
from models.emotion.epochs import train_epoch
from models.emotion.evaluate import probabilities
from models.emotion.labels import LABELS
from models.emotion.manifest import CROP
from models.emotion.mish import compile_kernels
from models.emotion.own_data import SPLITS, OwnData, Plan, check
from models.emotion.own_looks import FaceFinder, Reading
from models.emotion.own_rows import HELD_OUT, TRAIN, VALIDATION, OwnDataError
from models.emotion.own_start import SHIPPED, Start, begin
from models.emotion.predict import predict
from models.emotion.run import Run
from models.emotion.settings import Settings

FURTHER = {"lr": 3e-4, "muon_lr": 4e-3, "epochs": 20}
"""Small rates: weights that are good already are not to be forgotten."""
FROM_SCRATCH = {"lr": 2e-3, "muon_lr": 0.04, "epochs": 60}
LARGEST_BATCH = 64
WARMUP_STEPS = 50


def settings_of(given: argparse.Namespace, start: Start, data: OwnData) -> Settings:
    """The run's settings: those asked for, the rest by where it starts and how many pictures."""
    usual = FROM_SCRATCH if given.from_scratch else FURTHER
    number = len(data.parts[TRAIN])
    batch = given.batch or max(2, min(LARGEST_BATCH, number // 4))
    epochs = given.epochs or int(usual["epochs"])
    return Settings(
        sizes_px=(start.size_px,) * epochs,
        widths=start.widths,
        activation=start.activation,
        started_from=start.name,
        classes=data.classes,
        batch=min(batch, number),
        photos=number,
        balance=0.0,
        lr=given.lr or usual["lr"],
        muon_lr=given.muon_lr or usual["muon_lr"],
        warmup_steps=min(WARMUP_STEPS, epochs * (number // batch) // 10 + 1),
        seed=given.seed,
    )


def validate(run: Run, faces: Faces) -> dict[str, float]:
    """Accuracy and negative log likelihood of the averaged model among the run's classes."""
    classes = list(run.settings.classes)
    logits = predict(run.mean, faces, run.settings.sizes_px[-1])[:, classes]
    labels = torch.from_numpy(np.searchsorted(classes, faces.labels))
    return {
        "validation.accuracy": (logits.argmax(1) == labels).float().mean().item(),
        "validation.nll": functional.cross_entropy(logits, labels).item(),
    }


def best_epoch(history: Sequence[dict[str, float]]) -> int:
    """How many epochs had been trained when validation was best; 0: before any."""
    return int(np.argmin([entry["validation.nll"] for entry in history]))


def train(run: Run, data: OwnData, patience: int) -> None:
    """Train until all epochs are done or validation has not improved for `patience` of them.

    The best weights so far are in `best.pt`, which is `last.pt` of that epoch.
    """
    nothing = Faces(data.faces[TRAIN].pictures[:0], data.faces[TRAIN].labels[:0])
    epochs = len(run.settings.sizes_px)
    if (run.out / "last.pt").exists():
        run.restore()
        tqdm.write(f"continuing after epoch {run.epoch}")
    if not run.history:
        _keep(run, {"epoch": 0} | validate(run, data.faces[VALIDATION]))
    while run.epoch < epochs and run.epoch - best_epoch(run.history) < patience:
        began = time.monotonic()
        loss = train_epoch(run, nothing, data.faces[TRAIN])
        run.epoch += 1
        found = validate(run, data.faces[VALIDATION])
        minutes = (time.monotonic() - began) / 60.0
        _keep(run, {"epoch": run.epoch, "loss": loss, "minutes": minutes} | found)
        tqdm.write(
            f"epoch {run.epoch} of at most {epochs}: loss {loss:.3f}, validation"
            f" {found['validation.accuracy']:.1%} right, NLL {found['validation.nll']:.3f}"
            f" (best after epoch {best_epoch(run.history)});"
            f" at most {minutes * (epochs - run.epoch):.0f} minutes left"
        )


def _keep(run: Run, entry: dict[str, float]) -> None:
    run.history.append(entry)
    # The best first: an interruption between the two repeats the epoch, with the same result.
    if best_epoch(run.history) == run.epoch:
        run.save("best")
    run.save()


def remember(given: argparse.Namespace, data: OwnData, settings: Settings) -> None:
    """Write what the run is over into RUN/data.json; a run over other pictures is not continued.

    Raises OwnDataError when RUN holds another run.
    """
    facts = {
        "pictures": data.fingerprint,
        "started_from": settings.started_from,
        "activation": settings.activation,
        "parts": {
            part: [[str(p.path), LABELS[p.label]] for p in data.parts[part]] for part in data.parts
        },
        "left_out": {reason: [str(p) for p in paths] for reason, paths in data.left_out.items()},
        "notes": data.notes,
    }
    path = given.out / "data.json"
    if given.fresh:
        for file in ("last.pt", "best.pt", "data.json"):
            (given.out / file).unlink(missing_ok=True)
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        for key in ("pictures", "started_from", "activation"):
            if before.get(key) != facts[key]:
                raise OwnDataError(
                    f"{given.out} holds a run over other pictures, labels or weights to start"
                    " from: name another --out, or --fresh to begin anew"
                )
    given.out.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.rename(path)


def tell(given: argparse.Namespace, data: OwnData) -> None:
    """What was found, before training starts."""
    for part, faces in data.faces.items():
        counts = np.bincount(faces.labels, minlength=len(LABELS))
        each = ", ".join(f"{LABELS[label]} {counts[label]}" for label in data.classes)
        print(f"{part}: {len(faces)} pictures ({each})")
    for reason, paths in data.left_out.items():
        print(f"left out, {reason}: {len(paths)}")
        if given.verbose:
            print("".join(f"  {path}\n" for path in paths), end="")
    if any(data.left_out.values()):
        print(f"({given.out / 'data.json'} names them)")
    print("\n".join(data.notes), flush=True)


def run_all(given: argparse.Namespace) -> None:
    """The whole command; raises ApplianceError for everything that can be wrong."""
    device = devices.prepare(given.device, given.threads)
    _check_paths(given)
    start = begin(given.start_from, given.from_scratch, Settings.dropout)
    rival = EmotionClassifier.open(SHIPPED, threads=given.threads)
    crop = CropSpec.model_validate(CROP)
    finder = FaceFinder.open() if given.find_faces else None
    reading = Reading(start.size_px, finder, crop)
    plan = Plan(reading, given.classes, given.split, given.words)
    data = check(given.data, plan, lambda paths: tqdm(paths, desc="reading pictures"))
    settings = settings_of(given, start, data)
    remember(given, data, settings)
    tell(given, data)
    run = Run(settings, given.out, start.network, device)
    train(run, data, given.patience)
    if start.network is not None and best_epoch(run.history) == 0:
        data.notes.append(f"Training did not help on validation: the weights are {start.name}'s.")
    network = own_export.make(given.out / f"{given.name}.onnx", data, start)
    held_out = data.parts[HELD_OUT]
    labels = data.faces[HELD_OUT].labels
    measured: list[own_report.Measured] = []
    for name, classifier in ((given.name, network.open()), (SHIPPED.stem, rival)):
        pictures = own_report.faces(tqdm(held_out, desc=f"measuring {name}"), crop)
        found = probabilities(classifier, pictures)
        measured.append(own_report.Measured(name, own_report.among(found, data.classes), labels))
    ours, shipped = measured
    network.record(ours, shipped)
    page = own_report.page(ours, shipped, data.classes, data.notes, data.left_out)
    (given.out / f"{given.name}.md").write_text(page, encoding="utf-8")
    print(f"\n{page}\nappliance model install {network.path}")


def _check_paths(given: argparse.Namespace) -> None:
    if given.out.exists() and not given.out.is_dir():
        raise OwnDataError(f"{given.out} is no folder: name another --out")
    if given.out.resolve().is_relative_to(given.data.resolve()):
        raise OwnDataError(f"{given.out} lies in {given.data}: keep the run outside the pictures")


def _classes(text: str) -> tuple[int, ...]:
    found = {name: label_of(name) for name in text.split(",")}
    unknown = [name for name, label in found.items() if label is None]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown classes {', '.join(unknown)}: choose from {explained()}"
        )
    return tuple(sorted({label for label in found.values() if label is not None}))


def _name(text: str) -> str:
    if not text or not all(c.isalnum() or c in "-_." for c in text) or text.startswith("."):
        raise argparse.ArgumentTypeError(f"{text!r}: letters, digits, - and _ only")
    return text


def arguments() -> argparse.ArgumentParser:
    """The command line when --data is given."""
    parser = argparse.ArgumentParser(
        prog="python -m models.emotion.train", description=(__doc__ or "").splitlines()[0]
    )
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of class folders, label file .csv, .json")
    add("--out", type=Path, required=True, help="folder for checkpoints and the network")
    add("--name", type=_name, default="emotion_own_int8", help="of the network's files")
    add("--classes", type=_classes, default=(), help="train on these only, e.g. happy,neutral,sad")
    add("--split", choices=SPLITS, default="auto", help="what must not be on two sides")
    add("--find-faces", action="store_true", help="whole photographs: cut the largest face")
    add("--words", type=words_of, default=WORDS, help=WORDS_HELP)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--start-from", type=Path, help="checkpoint or .onnx; else the shipped one")
    source.add_argument("--from-scratch", action="store_true", help="begin with new weights")
    add("--epochs", type=int, help="at most (20; 60 from scratch)")
    add("--patience", type=int, default=5, help="epochs without improvement until it stops")
    add("--batch", type=int, help="pictures per step (a quarter of them, at most 64)")
    add("--lr", type=float, help="AdamW's rate (0.0003; 0.002 from scratch)")
    add("--muon-lr", type=float, help="Muon's share of a weight (0.004; 0.04 from scratch)")
    add("--seed", type=int, default=Settings.seed)
    devices.add_arguments(parser)
    add("--fresh", action="store_true", help="do not continue the run in --out")
    add("--plain", action="store_true", help="no compiled kernels, even with a compiler")
    add("--verbose", action="store_true", help="name every picture that is left out")
    return parser


def main(argv: Sequence[str]) -> int:
    """Entry; 0, 2 after one message when something given is wrong, 130 when interrupted."""
    parser = arguments()
    given = parser.parse_args(argv)
    for name in ("epochs", "patience", "batch", "lr", "muon_lr"):
        value = getattr(given, name)
        if value is not None and value <= 0:
            parser.error(f"--{name.replace('_', '-')} {value}: more than 0 expected")
    if len(given.classes) == 1:
        parser.error(f"--classes {named(given.classes)}: at least two are needed")
    if not given.plain and shutil.which("c++"):
        compile_kernels()
    return commands.run(lambda: run_all(given))
