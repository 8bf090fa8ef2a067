"""From the distilled student to the network the unit runs: `python -m models.mood.ship --help`.

The head is cross-validated over all rated pictures, tested on the fifth that no part of the
training has seen, then learned from all of them, exported and measured as the unit runs it. The
student has seen the other rated pictures, never a rating.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import torch

from appliance.errors import ModelError
from appliance.inference import mood_sectors, shipped_models_dir
from appliance.inference.mood_classifier import MoodClassifier
from appliance.pictures.reader import PictureReader
from models import commands
from models.commands import TrainingDataError
from models.mood import head, measure, rated, views
from models.mood.affect_network import INPUT, AffectNetwork, Directions, export
from models.mood.head import Calibration, Floats, Head, Knobs
from models.mood.moods import MOODS
from models.mood.paper_network import PaperNetwork
from models.mood.pictures import as_input
from models.mood.rated import Rated
from models.mood.student import SIZE_PX, Student

FILE = "picture_mood.onnx"
VERSION = "2026.11.1"
RESULTS = Path(__file__).parent / "results" / "student.json"
FULL_SCALE = 3.0
"""Deviations of the ratings that count as 1: hardly a picture lies beyond."""

LEAST_R = (0.50, 0.45)
"""Of valence and arousal on the held-out fifth; with less nothing ships."""

LICENCE = (
    "Weights: Apache-2.0 as far as ours. Distilled from MobileNetV2 (Apache-2.0) on ImageNet and"
    " BSDS500 samples (research use), street scenes (CC BY 4.0) and OASIS (open access, Kurdi et"
    " al. 2017), whose ratings the head learned: check before selling."
)
SOURCE = (
    "OASIS (Kurdi, Lozano, Banaji 2017, Behavior Research Methods 49, 457-470): mean valence and"
    " arousal of 722 photographs by about 100 raters each, standardised per axis over the set"
)
SELF_TEST_SEED, SELF_TEST_TOLERANCE = 0, 0.05


def student_of(checkpoint: Path) -> tuple[Student, dict[str, Any]]:
    """The averaged student of a run of models.mood.distil, and what the run was."""
    try:
        stored = torch.load(checkpoint, weights_only=True)
        student = Student(tuple(stored["settings"]["widths"]))
        student.load_state_dict(stored["mean"])
    except (OSError, KeyError, RuntimeError) as exc:
        raise TrainingDataError(f"{checkpoint} is no run of models.mood.distil ({exc})") from exc
    history = stored["history"]
    run = {
        "epochs": stored["epoch"],
        "of_epochs": stored["settings"]["epochs"],
        "loss": round(history[-1]["loss"], 4),
        "minutes": round(sum(entry["minutes"] for entry in history), 1),
        "parameters": sum(p.numel() for p in student.parameters()),
    }
    return student.eval(), run


@torch.no_grad()
def directions_of(student: Student, pictures: npt.NDArray[np.uint8]) -> Floats:
    """[N, 64] of pictures [N, 128, 128, 3]."""
    network = Directions(student).eval()
    parts = np.array_split(pictures, max(1, len(pictures) // 64))
    return np.concatenate([network(as_input(part)).double().numpy() for part in parts])


def figures_of(
    told: Floats, covariance: Floats, data: Rated, rows: Sequence[int]
) -> dict[str, Any]:
    """Moods and affect told of some pictures against their raters', rounded."""
    chosen = np.asarray(rows)
    taken = mood_sectors.probabilities(told, covariance).argmax(axis=1)
    found = measure.figures(taken, told, data.moods[chosen], data.standardised[chosen])
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in found.as_dict().items()}


def learned(directions: Floats, affect: Floats, knobs: Knobs) -> tuple[Head, Calibration, Floats]:
    """The calibrated head, its calibration, and its cross-validated answers."""
    told = head.cross_validated(directions, affect, lambda x, y: head.fit(x, y, knobs))
    line = head.calibrate(told, affect)
    whole = head.fit(directions, affect, knobs).stretched(line.slope, line.shift)
    return whole, line, told * line.slope + line.shift


def manifest(
    network: Path, covariance: Floats, metrics: dict[str, Any], source: str
) -> dict[str, Any]:
    """What the unit is told of the network, its self test included."""
    spread = np.sqrt(np.diag(covariance))
    session = ort.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    noise = np.random.default_rng(SELF_TEST_SEED).standard_normal((1, 3, SIZE_PX, SIZE_PX))
    answer = session.run(None, {INPUT: noise.astype(np.float32)})[0]
    return {
        "schema": 1,
        "name": "picture-mood",
        "version": VERSION,
        "task": "picture-mood",
        "file": network.name,
        "sha256": hashlib.sha256(network.read_bytes()).hexdigest(),
        "licence": LICENCE,
        "card": "models/README.md",
        "input": {
            "name": INPUT,
            "size_px": [SIZE_PX, SIZE_PX],
            "channels": 3,
            "colour": "rgb",
            "scale": 1.0 / 255.0,
        },
        "labels": [mood.value for mood in MOODS],
        "scale": {
            "source": source,
            "full_scale": FULL_SCALE,
            "error_valence": round(float(spread[0]), 4),
            "error_arousal": round(float(spread[1]), 4),
            "error_correlation": round(float(covariance[0, 1] / spread.prod()), 4),
        },
        "metrics": metrics,
        "self_test": {
            "input_seed": SELF_TEST_SEED,
            "output": np.round(answer, 4).tolist(),
            "tolerance": SELF_TEST_TOLERANCE,
        },
    }


def as_the_unit_runs_it(network: Path, data: Rated, rows: Sequence[int]) -> tuple[Floats, float]:
    """(valence, arousal) [N, 2] in deviations, and the median milliseconds of one picture.

    Of processor time, for a clock on the wall would tell what else the machine is doing."""
    classifier = MoodClassifier.open(network, threads=2)
    told, spent_ms = [], []
    with PictureReader() as reader:
        for row in rows:
            picture = reader.read(data.paths[row])
            began = time.process_time()
            (mood,) = classifier.classify([picture])
            spent_ms.append(1e3 * (time.process_time() - began))
            told.append((mood.valence * FULL_SCALE, mood.arousal * FULL_SCALE))
    return np.array(told), float(np.median(spent_ms))


def paper_milliseconds(folder: Path) -> float:
    """Median of the paper's network on one picture, by the same runtime and threads."""
    path = folder / "paper.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            PaperNetwork().eval(), (torch.zeros(1, 3, 128, 128),), str(path), dynamo=False
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    spent_ms = []
    for _ in range(100):
        began = time.process_time()
        session.run(None, {name: np.zeros((1, 3, 128, 128), np.float32)})
        spent_ms.append(1e3 * (time.process_time() - began))
    return float(np.median(spent_ms))


def write(network: Path, covariance: Floats, metrics: dict[str, Any], source: str = SOURCE) -> None:
    """Put the manifest beside the network."""
    whole = manifest(network, covariance, metrics, source)
    network.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n")


def ship(given: argparse.Namespace) -> dict[str, Any]:
    """Everything; returns the figures. Raises ModelError when the held-out fifth says no."""
    student, run = student_of(given.student)
    data = rated.load(given)
    affect = data.standardised
    directions = directions_of(student, rated.read_pictures(data, SIZE_PX, SIZE_PX))
    is_held = np.array([views.is_held_out(path.name) for path in data.paths])
    kept, held = np.flatnonzero(~is_held), np.flatnonzero(is_held)
    knobs = head.choose(directions[kept], affect[kept])
    without, line, _ = learned(directions[kept], affect[kept], knobs)
    whole, over_all, told = learned(directions, affect, knobs)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / FILE
        export(AffectNetwork(student, without), trial)
        write(trial, line.covariance, {})
        on_held, milliseconds = as_the_unit_runs_it(trial, data, held.tolist())
        paper_ms = paper_milliseconds(Path(folder))
    found = {
        "held_out_fifth": figures_of(on_held, line.covariance, data, held.tolist()),
        "cross_validation": figures_of(told, over_all.covariance, data, range(len(data))),
        "head": {"cost": knobs.cost, "width": knobs.width, "vectors": len(whole.vectors)},
        "distillation": run,
        "processor_milliseconds": round(milliseconds, 1),
        "paper_processor_milliseconds": round(paper_ms, 1),
        "counts": data.counts,
    }
    reached = tuple(found["held_out_fifth"][f"r_{axis}"] for axis in ("valence", "arousal"))
    if any(r < least for r, least in zip(reached, LEAST_R, strict=True)):
        raise ModelError(f"held-out r = {reached}, {LEAST_R} wanted: distil further")
    network = given.out / FILE
    # Errors are larger on pictures that the student has not seen, as those of a unit are.
    unseen = head.calibrate(on_held, affect[held])
    whole = whole.stretched(unseen.slope, unseen.shift)
    found["slope_on_unseen"] = unseen.slope.round(3).tolist()
    difference = export(AffectNetwork(student, whole), network)
    found["largest_difference_to_torch"] = round(difference, 5)
    found["megabytes"] = round(network.stat().st_size / 1e6, 2)
    named = ("held_out_fifth", "cross_validation")
    metrics = {n: {k: v for k, v in found[n].items() if k != "confusion"} for n in named}
    source = SOURCE if given.oasis else "pictures sorted into eight folders of moods"
    write(network, unseen.covariance, metrics, source)
    MoodClassifier.open(network)
    given.results.parent.mkdir(exist_ok=True)
    given.results.write_text(json.dumps(found, indent=1) + "\n")
    return found


def main() -> None:
    """Entry of `python -m models.mood.ship`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    rated.add_arguments(parser)
    parser.add_argument("--student", type=Path, required=True, help="student.pt of the distilling")
    parser.add_argument("--out", type=Path, default=shipped_models_dir())
    parser.add_argument("--results", type=Path, default=RESULTS, help="JSON file for the figures")
    given = parser.parse_args()
    found = ship(given)
    print(json.dumps({k: v for k, v in found.items() if k != "confusion"}, indent=1))


if __name__ == "__main__":
    sys.exit(commands.run(main))
