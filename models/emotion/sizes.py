"""Accuracy against milliseconds over input sizes: `python -m models.emotion.sizes --help`.

One checkpoint, exported and quantized for each size, measured through appliance.inference on
the public test and timed with one face at a time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands
from models.emotion import checkpoint, dataset, held_out, manifest, metrics, quantize
from models.emotion.evaluate import probabilities_of
from models.emotion.export import export
from models.emotion.manifest import Knobs

ROUNDS = 60


def milliseconds(classifier: EmotionClassifier) -> tuple[float, float]:
    """(minimum, median) of one 100-pixel face from the picture to the seven probabilities."""
    face = np.random.default_rng(0).integers(0, 256, (100, 100), dtype=np.uint8)
    taken = []
    for _ in range(ROUNDS + 3):
        began = time.perf_counter()
        classifier.classify_cropped([face])
        taken.append((time.perf_counter() - began) * 1e3)
    return min(taken[3:]), statistics.median(taken[3:])


def row(given: argparse.Namespace, folder: Path, size_px: int) -> str:
    """One line of the table: size, accuracies of float32 and int8, milliseconds of int8."""
    network = checkpoint.load(given.checkpoint).network
    faces = dataset.load(given.fer, given.photos, given.cache)["fer-train"]
    plain, small = folder / f"plain-{size_px}.onnx", folder / f"small-{size_px}.onnx"
    export(network, size_px, plain)
    pictures = quantize.calibration_pictures(faces, size_px, given.pictures)
    quantize.quantize(plain, small, pictures, given.method)
    measured = next(iter(held_out.sets(given.fer).values())).every(given.every)
    cells = [f"{size_px} px"]
    for path in (plain, small):
        manifest.write(path, path.stem, Knobs(size_px))
        classifier = EmotionClassifier.open(path, threads=given.threads)
        found = metrics.figures(probabilities_of(classifier, measured), measured.labels)
        cells.append(f"{found.seven:.1%} / {found.three:.1%}")
    cells.append("{:.1f} / {:.1f}".format(*milliseconds(classifier)))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Entry of `python -m models.emotion.sizes`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    dataset.add_arguments(parser)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[48, 64, 80, 96, 112])
    parser.add_argument("--method", choices=sorted(quantize.METHODS), default="minmax")
    parser.add_argument("--pictures", type=int, default=256, help="for calibration")
    parser.add_argument("--every", type=int, default=1, help="use every n-th test picture")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    print("| input | float32 seven / three | int8 seven / three | int8 ms minimum / median |")
    print("|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for size_px in given.sizes:
            print(row(given, Path(folder), size_px), flush=True)


if __name__ == "__main__":
    sys.exit(commands.run(main))
