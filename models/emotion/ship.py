"""From a checkpoint to the network the unit runs: `python -m models.emotion.ship --help`.

Exports, quantizes, measures the int8 network and its float twin through appliance.inference,
refuses when int8 loses more than half a point, fits temperature and abstention threshold, writes
the ONNX file, its manifest and the card's pictures.

Temperature and threshold are fitted to the whole of FER2013's public test. What they achieve is
reported by cross-fitting: each half (every second picture) is judged with what was fitted to the
other. Accuracy depends on neither.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands
from models.emotion import (
    checkpoint,
    dataset,
    figures,
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
from models.emotion.labels import LABELS
from models.emotion.manifest import Knobs
from models.emotion.metrics import Floats, Ints
from models.emotion.mirrored import Mirrored
from models.emotion.settings import REAL_SETTINGS, Settings

NAME = "emotion-resnet50-mish-int8"
FILE = "emotion_resnet50_mish_int8.onnx"
LARGEST_LOSS = 0.005
EPOCHS_TOLD = 20
RIGHT_OF_ANSWERED = 0.81
"""The unit abstains below the least threshold above which this share is right (seven classes): one
point more than the 80 % that shall hold on faces which the threshold was not chosen with."""


@dataclass(frozen=True)
class Sets:
    """Probabilities [N, 7] and labels [N] of one network on both held-out sets."""

    fer: tuple[Floats, Ints]
    photos: tuple[Floats, Ints]

    def figures(self) -> dict[str, Any]:
        """Accuracy, macro-F1, confusions and size of each set, rounded; for the manifest."""
        named = {"fer2013_public_test": self.fer, "photographs_held_out": self.photos}
        return {
            name: {
                "pictures": found.pictures,
                "seven": round(found.seven, 4),
                "three": round(found.three, 4),
                "macro_f1": round(found.macro_f1, 4),
                "ece": round(found.ece, 4),
                "confusion": found.confusion,
            }
            for name, found in ((name, metrics.figures(*pair)) for name, pair in named.items())
        }


def measure(network: Path, size_px: int, fer: Path, photos: Path) -> Sets:
    """Run a network file, without temperature, through the unit's own classifier."""
    manifest.write(network, network.stem, Knobs(size_px))
    classifier = EmotionClassifier.open(network)
    return Sets(
        probabilities_of(classifier, dataset.walk_fer(fer, "validation")),
        probabilities_of(classifier, dataset.walk_photos(photos, held_out=True)),
    )


def threshold_for(probabilities: Floats, labels: Ints, right: float) -> float:
    """The least threshold (steps of 0.01) from which on `right` of the answered are right."""
    curve = metrics.risk_coverage(probabilities, labels, np.arange(0.0, 1.0, 0.01))
    below = [threshold for threshold, _, share in curve if share < right]
    return round(min(0.95, max(below, default=-0.01) + 0.01), 2)


@dataclass(frozen=True)
class Fitted:
    """Temperature and threshold fitted to some pictures."""

    temperature: float
    abstain_below: float


def fit_to(probabilities: Floats, labels: Ints) -> Fitted:
    """The temperature with the least negative log likelihood, then the threshold."""
    factor = metrics.best_temperature(probabilities, labels)
    after = metrics.at_temperature(probabilities, factor)
    return Fitted(factor, threshold_for(after, labels, RIGHT_OF_ANSWERED))


def cross_fitted(pair: tuple[Floats, Ints]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(probabilities after, whether answered) of each picture by what the other half fitted."""
    probabilities, labels = pair
    after, answered = np.empty_like(probabilities), np.empty(len(labels), bool)
    for half in (0, 1):
        mine, other = slice(half, None, 2), slice(1 - half, None, 2)
        fitted = fit_to(probabilities[other], labels[other])
        after[mine] = metrics.at_temperature(probabilities[mine], fitted.temperature)
        answered[mine] = after[mine].max(axis=1) >= fitted.abstain_below
    return after, answered


def fit(pair: tuple[Floats, Ints], size_px: int) -> Knobs:
    """What ships, and what it achieves on faces that it was not fitted to."""
    probabilities, labels = pair
    fitted = fit_to(probabilities, labels)
    after, answered = cross_fitted(pair)
    right = after.argmax(axis=1) == labels
    found = {
        "calibration": {
            "measured_on": "FER2013's public test, each half with what was fitted to the other",
            "ece_before": round(metrics.calibration_error(probabilities, labels), 4),
            "ece_after": round(metrics.calibration_error(after, labels), 4),
            "nll_before": round(metrics.negative_log_likelihood(probabilities, labels), 4),
            "nll_after": round(metrics.negative_log_likelihood(after, labels), 4),
        },
        "abstention": {
            "rule": f"least threshold from which on {RIGHT_OF_ANSWERED:.0%} of the answered"
            " faces are right over seven classes",
            "answered": round(float(answered.mean()), 4),
            "right_of_answered": round(float(right[answered].mean()) if answered.any() else 1.0, 4),
            "curve": [
                [round(number, 4) for number in row]
                for row in metrics.risk_coverage(after, labels, np.arange(0.0, 0.91, 0.1))
            ],
        },
    }
    return Knobs(size_px, fitted.temperature, fitted.abstain_below, found)


def draw(pair: tuple[Floats, Ints], temperature: float, folder: Path) -> None:
    """The card's pictures, from the int8 network on FER2013's public test."""
    folder.mkdir(parents=True, exist_ok=True)
    probabilities, labels = pair
    found = metrics.figures(probabilities, labels)
    title = f"int8 on FER2013's public test: {found.seven:.1%} of {found.pictures}"
    figures.confusion(found.confusion, title, folder / "confusion.png")
    after, _ = cross_fitted(pair)
    curves = {
        "as trained": metrics.reliability(probabilities, labels),
        f"temperature (about {temperature}) of the other half": metrics.reliability(after, labels),
    }
    figures.reliability(curves, "FER2013's public test, cross-fitted", folder / "reliability.png")


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
    trained: Trained, given: argparse.Namespace, pictures: quantize.Tensor
) -> dict[str, float]:
    """What the int8 network gets of the public test without the mirror image, for comparison."""
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        export(trained.network, given.size, plain)
        quantize.quantize(plain, small, pictures, given.method)
        figures = measure(small, given.size, given.fer, given.photos).figures()
    return {name: figures["fer2013_public_test"][name] for name in ("seven", "three")}


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
    parts = dataset.load(given.fer, given.photos, given.cache)
    faces = parts["fer-train"]
    shift = correct_prior(trained, faces, parts["photos-train"])
    pictures = quantize.calibration_pictures(faces, given.size, given.pictures)
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "fp32.onnx", Path(folder) / FILE
        difference = export(Mirrored(trained.network), given.size, plain)
        quantize.quantize(plain, small, pictures, given.method)
        before = measure(plain, given.size, given.fer, given.photos)
        after = measure(small, given.size, given.fer, given.photos)
        lost = metrics.figures(*before.fer).seven - metrics.figures(*after.fer).seven
        if lost > LARGEST_LOSS:
            raise ModelError(f"int8 loses {lost:.2%} against float: try another --method")
        knobs = fit(after.fer, given.size)
        found = after.figures() | knobs.metrics
        found["fp32_twin"] = before.figures() | {"largest_logit_difference_to_torch": difference}
        found["one_side"] = one_side(trained, given, pictures)
        found["calibration_method"] = given.method
        found["calibration_pictures"] = len(pictures)
        found["prior_shift"] = dict(zip(LABELS, shift, strict=True))
        found["training"] = training_of(trained)
        given.out.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(small, given.out / FILE)
        manifest.write(given.out / FILE, NAME, replace(knobs, metrics=found))
        spoilt = robustness.rows(
            EmotionClassifier.open(given.out / FILE), *robustness.public_test(given.fer)
        )
        found["robustness"] = robustness.as_manifest(spoilt)
        manifest.write(given.out / FILE, NAME, replace(knobs, metrics=found))
        if given.figures:
            draw(after.fer, knobs.temperature, given.figures)
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
