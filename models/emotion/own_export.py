"""From the best checkpoint of a run over the owner's pictures to an int8 network with manifest."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from models.emotion import checkpoint, manifest, metrics, quantize
from models.emotion.dataset import Faces
from models.emotion.evaluate import probabilities
from models.emotion.export import export
from models.emotion.fitting import threshold_for
from models.emotion.labels import LABELS
from models.emotion.manifest import Knobs
from models.emotion.mirrored import Mirrored
from models.emotion.network import EmotionNetwork
from models.emotion.own_data import OwnData
from models.emotion.own_report import Measured
from models.emotion.own_rows import TRAIN, VALIDATION
from models.emotion.own_start import Start
from models.emotion.ship import LARGEST_LOSS

NEVER = -40.0
"""Logit of an emotion that the owner gave no pictures of: e⁻⁴⁰ is no probability."""
MOST_TO_COMPARE = 1000
RIGHT_OF_ANSWERED = 0.81
"""Of single people's labels, which are wrong more often than the votes that `fitting` knows."""
LEAST_TO_FIT = 50
"""Validation pictures that a temperature and a threshold can be fitted to."""


@torch.no_grad()
def know_only(network: EmotionNetwork, classes: Sequence[int]) -> None:
    """Let the network never answer with another class: it has not learned where they begin."""
    for label in set(range(len(LABELS))) - set(classes):
        network.head.weight[label] = 0.0
        network.head.bias[label] = NEVER


@dataclass
class OwnNetwork:
    """An int8 network file of the owner's, and what its manifest says."""

    path: Path
    knobs: Knobs
    licence: str

    def open(self) -> EmotionClassifier:
        """As the unit opens it, self test and all; raises ModelError."""
        return EmotionClassifier.open(self.path)

    def record(self, measured: Measured, rival: Measured) -> None:
        """Put both networks' figures on the held-out pictures into the manifest."""
        found = {
            "own_held_out": measured.figures() | {"confusion": measured.confusion.tolist()},
            "shipped_on_own_held_out": rival.figures(),
        }
        self.knobs = replace(self.knobs, metrics=found | self.knobs.metrics)
        self.write()

    def write(self) -> None:
        """The manifest beside the network, in the owner's name."""
        file = manifest.write(self.path, self.path.stem.replace("_", "-"), self.knobs)
        whole = json.loads(file.read_text(encoding="utf-8"))
        whole |= {
            "version": time.strftime("%Y.%m.%d", time.gmtime()),
            "licence": self.licence,
            "card": f"{self.path.stem}.md",
        }
        file.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def make(path: Path, data: OwnData, start: Start) -> OwnNetwork:
    """Export and quantize `best.pt` beside `path`, fit temperature and threshold, write `path`.

    The calibration method is the first that loses no more than ship allows (or one picture)
    against float32. Raises ModelError when every method loses more.
    """
    trained = checkpoint.load(path.parent / "best.pt")
    know_only(trained.network, data.classes)
    size_px = trained.settings["sizes_px"][-1]
    pictures = quantize.calibration_pictures(
        data.faces[TRAIN], size_px, quantize.CALIBRATION_PICTURES
    )
    seen = _sample(data)
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "fp32.onnx", Path(folder) / path.name
        difference = export(Mirrored(trained.network), size_px, plain)
        float_right = _right(plain, size_px, seen)
        losses: dict[str, float] = {}
        for method in quantize.METHODS:
            quantize.quantize(plain, small, pictures, method)
            losses[method] = float_right - _right(small, size_px, seen)
            if losses[method] <= max(LARGEST_LOSS, 1.0 / len(seen)):
                break
        else:
            told = ", ".join(f"{method} {lost:.1%}" for method, lost in losses.items())
            raise ModelError(f"int8 loses too much against float32 ({told}): train it further")
        shutil.copyfile(small, path)
    found: dict[str, Any] = {
        "classes": [LABELS[label] for label in data.classes],
        "pictures": {part: len(faces) for part, faces in data.faces.items()},
        "left_out": {reason: len(paths) for reason, paths in data.left_out.items()},
        "data_sha256": data.fingerprint,
        "started_from": trained.settings["started_from"] or "new weights",
        "epochs": len(trained.history) - 1,
        "calibration_method": method,
        "lost_by_int8": round(losses[method], 4),
        "fp32_twin": {"largest_logit_difference_to_torch": difference},
    }
    network = OwnNetwork(path, Knobs(size_px, 1.0, start.abstain_below, found), start.licence)
    network.write()
    _fit(network, data.faces[VALIDATION])
    return network


def _sample(data: OwnData) -> Faces:
    """Pictures to compare float32 and int8 on: none that is kept aside to measure."""
    parts = [data.faces[VALIDATION], data.faces[TRAIN]]
    whole = Faces(
        np.concatenate([part.pictures for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )
    return Faces(whole.pictures[:MOST_TO_COMPARE], whole.labels[:MOST_TO_COMPARE])


def _right(network: Path, size_px: int, faces: Faces) -> float:
    manifest.write(network, network.stem, Knobs(size_px))
    found = probabilities(EmotionClassifier.open(network), list(faces.pictures))
    return float((found.argmax(axis=1) == faces.labels).mean())


def _fit(network: OwnNetwork, faces: Faces) -> None:
    """Temperature and threshold from the validation pictures, where these are enough."""
    if len(faces) < LEAST_TO_FIT:
        fitted = f"not fitted: fewer than {LEAST_TO_FIT} validation pictures"
        network.knobs.metrics["fitted_on"] = fitted
        return
    found = probabilities(network.open(), list(faces.pictures))
    factor = metrics.best_temperature(found, faces.labels)
    after = metrics.at_temperature(found, factor)
    threshold = threshold_for(after, faces.labels, RIGHT_OF_ANSWERED)
    told = {"fitted_on": f"{len(faces)} validation pictures"}
    network.knobs = Knobs(network.knobs.size_px, factor, threshold, network.knobs.metrics | told)
