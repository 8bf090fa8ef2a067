"""From a checkpoint to the network the unit runs: `python -m models.emotion.ship --help`.

Exports, quantizes, measures the int8 network and its float twin through appliance.inference,
refuses when int8 loses more than half a point, fits temperature and abstention threshold, writes
the ONNX file, its manifest and the card's pictures.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands
from models.emotion import (
    checkpoint,
    dataset,
    figures,
    fitting,
    held_out,
    manifest,
    metrics,
    quantize,
    robustness,
)
from models.emotion.checkpoint import Trained
from models.emotion.dataset import Faces
from models.emotion.epochs import epoch_rows
from models.emotion.evaluate import probabilities_of
from models.emotion.export import export
from models.emotion.fitting import Said
from models.emotion.held_out import HeldOut
from models.emotion.labels import LABELS
from models.emotion.manifest import Knobs
from models.emotion.mirrored import Mirrored
from models.emotion.settings import REAL_SETTINGS, Settings

NAME = "emotion-resnet50-mish-int8"
FILE = "emotion_resnet50_mish_int8.onnx"
LARGEST_LOSS = 0.005
EPOCHS_TOLD = 20


def measure(network: Path, size_px: int, sets: Mapping[str, HeldOut]) -> dict[str, Said]:
    """Run a network file, without temperature, through the unit's own classifier."""
    manifest.write(network, network.stem, Knobs(size_px))
    classifier = EmotionClassifier.open(network)
    return {
        name: Said(probabilities_of(classifier, faces), faces.labels, faces.votes)
        for name, faces in sets.items()
    }


def first_of(said: Mapping[str, Said]) -> Said:
    """The set that thresholds are fitted to and accuracy is judged by."""
    return next(iter(said.values()))


def draw(said: Said, temperature: float, folder: Path) -> None:
    """The card's pictures, from the int8 network on the public test."""
    folder.mkdir(parents=True, exist_ok=True)
    found = said.figures
    title = f"int8 on the public test: {found.seven:.1%} of {found.pictures}"
    figures.confusion(found.confusion, title, folder / "confusion.png")
    after, _ = fitting.cross_fitted(said)
    curves = {
        "as trained": metrics.reliability(said.probabilities, said.truth),
        f"temperature (about {temperature}) of the other half": metrics.reliability(
            after, said.truth
        ),
    }
    figures.reliability(curves, "public test, cross-fitted", folder / "reliability.png")


def correct_prior(trained: Trained, fer: Faces, photos: Faces) -> list[float]:
    """Shift the head's bias from the class shares of training to those of FER2013 alone.

    Training drew mostly neutral and happy photographs on top of FER2013, which tilts the network
    towards them. log(p_FER/p_training) is Bayes' rule for another prior (Saerens et al. 2002,
    Neural Computation 14, 21-41, equation 4); both shares are counts of training labels, averaged
    over the epochs. Returns what was added, per class.
    """
    labels = np.concatenate((fer.labels, photos.labels))
    shares = []
    for epoch, entry in enumerate(trained.history):
        settings = replace(
            Settings(),
            seed=int(trained.settings["seed"]),
            photos=int(entry.get("photos", Settings.photos)),
            balance=entry.get("balance", Settings.balance),
            folds=int(trained.settings.get("folds", 0)),
            left_out=int(trained.settings.get("left_out", 0)),
        )
        rows = epoch_rows(fer, photos, settings, epoch)
        shares.append(np.bincount(labels[rows], minlength=len(LABELS)) / len(rows))
    alone = np.bincount(fer.labels, minlength=len(LABELS)) / len(fer)
    shift = np.log(alone / np.mean(shares, axis=0))
    with torch.no_grad():
        trained.network.head.bias.add_(torch.from_numpy(shift).float())
    return [round(float(value), 4) for value in shift]


def one_side(
    trained: Trained,
    given: argparse.Namespace,
    pictures: quantize.Tensor,
    sets: Mapping[str, HeldOut],
) -> dict[str, float]:
    """What the int8 network gets of the public test without the mirror image, for comparison."""
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        export(trained.network, given.size, plain)
        quantize.quantize(plain, small, pictures, given.method)
        found = first_of(measure(small, given.size, dict([next(iter(sets.items()))]))).figures
    return {"seven": round(found.seven, 4), "three": round(found.three, 4)}


def thinned(history: list[dict[str, float]]) -> list[dict[str, float]]:
    """At most EPOCHS_TOLD entries of a history, evenly apart, the last among them."""
    step = -(-len(history) // EPOCHS_TOLD)
    return history[::-1][::step][::-1] if history else []


def training_of(trained: Trained) -> dict[str, Any]:
    """What the run behind a network was: settings that matter and a line per epoch (or several)."""
    names = ("activation", "batch", "soft_targets", *REAL_SETTINGS)
    return {
        "started_from": trained.settings.get("started_from", ""),
        "settings": {name: trained.settings[name] for name in names if name in trained.settings},
        "epochs": [
            {key: round(value, 4) for key, value in entry.items()}
            for entry in thinned(trained.history)
        ],
    }


def ship(given: argparse.Namespace) -> dict[str, Any]:
    """Everything; returns the manifest's metrics. Raises ModelError when int8 loses too much."""
    trained = checkpoint.load(given.checkpoint)
    sets = held_out.sets(given.fer, given.photos)
    parts = dataset.load(given.fer, given.photos, given.cache)
    faces = parts["fer-train"]
    shift = correct_prior(trained, faces, parts["photos-train"])
    pictures = quantize.calibration_pictures(faces, given.size, given.pictures)
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "fp32.onnx", Path(folder) / FILE
        difference = export(Mirrored(trained.network), given.size, plain)
        quantize.quantize(plain, small, pictures, given.method)
        before = measure(plain, given.size, sets)
        after = measure(small, given.size, sets)
        lost = first_of(before).figures.seven - first_of(after).figures.seven
        if lost > LARGEST_LOSS:
            raise ModelError(f"int8 loses {lost:.2%} against float: try another --method")
        knobs = fitting.fit(first_of(after), given.size)
        found = fitting.as_manifest(after) | knobs.metrics
        found["fp32_twin"] = fitting.as_manifest(before) | {
            "largest_logit_difference_to_torch": difference
        }
        found["one_side"] = one_side(trained, given, pictures, sets)
        found["calibration_method"] = given.method
        found["calibration_pictures"] = len(pictures)
        found["prior_shift"] = dict(zip(LABELS, shift, strict=True))
        found["training"] = training_of(trained)
        given.out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(small, given.out / FILE)
        manifest.write(given.out / FILE, NAME, replace(knobs, metrics=found))
        spoilt = robustness.rows(
            EmotionClassifier.open(given.out / FILE), next(iter(sets.values()))
        )
        found["robustness"] = robustness.as_manifest(spoilt)
        manifest.write(given.out / FILE, NAME, replace(knobs, metrics=found))
        if given.figures:
            draw(first_of(after), knobs.temperature, given.figures)
    return {"temperature": knobs.temperature, "abstain_below": knobs.abstain_below} | found


def main() -> None:
    """Entry of `python -m models.emotion.ship`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    dataset.add_arguments(parser)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--size", type=int, default=64, help="input side in pixels")
    parser.add_argument("--method", choices=sorted(quantize.METHODS), default="minmax")
    parser.add_argument("--pictures", type=int, default=quantize.CALIBRATION_PICTURES)
    parser.add_argument("--out", type=Path, default=Path("models/artifacts"))
    parser.add_argument("--figures", type=Path, help="folder for the card's pictures")
    given = parser.parse_args()
    print(json.dumps(ship(given), indent=1))


if __name__ == "__main__":
    sys.exit(commands.run(main))
