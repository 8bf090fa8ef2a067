"""Accuracy of a network file as the unit runs it: `python -m models.emotion.evaluate --help`.

Pictures go through appliance.inference from the file on, so that what is measured is what the
unit does: decoding, resizing, standardising, ONNX Runtime, temperature.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from appliance.domain import Image
from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands
from models.emotion import metrics
from models.emotion.dataset import walk_fer, walk_photos
from models.emotion.labels import LABELS
from models.emotion.metrics import Figures, Floats, Ints

CHUNK = 256


def probabilities(classifier: EmotionClassifier, pictures: Iterable[Image]) -> Floats:
    """[N, 7] of face pictures, through the unit's own classifier."""
    rows: list[tuple[float, ...]] = []
    waiting: list[Image] = []
    for picture in pictures:
        waiting.append(picture)
        if len(waiting) == CHUNK:
            rows += [scores.probabilities for scores in classifier.classify_cropped(waiting)]
            waiting.clear()
    rows += [scores.probabilities for scores in classifier.classify_cropped(waiting)]
    return np.array(rows)


def _decoded(paths: Iterable[Path], flip: bool) -> Iterator[Image]:
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise FileNotFoundError(f"{path} cannot be decoded: unpack the data set again")
        yield np.asarray(picture[:, ::-1] if flip else picture, np.uint8)


def probabilities_of(
    classifier: EmotionClassifier, files: Iterable[tuple[Path, int]], flip: bool = False
) -> tuple[Floats, Ints]:
    """Probabilities [N, 7] and labels [N] of face pictures; `flip` averages with the mirrored.

    Raises FileNotFoundError when a picture cannot be decoded.
    """
    chosen = list(files)
    paths = [path for path, _ in chosen]
    found = probabilities(classifier, _decoded(paths, False))
    if flip:
        found = (found + probabilities(classifier, _decoded(paths, True))) / 2.0
    return found, np.array([label for _, label in chosen], np.int64)


def table(figures: Figures) -> str:
    """The figures as Markdown: one line of numbers, then the confusion matrix in counts."""
    lines = [
        f"pictures {figures.pictures}, seven {figures.seven:.4f}, three {figures.three:.4f}, "
        f"macro-F1 {figures.macro_f1:.4f}, NLL {figures.nll:.4f}, ECE {figures.ece:.4f}",
        "",
        "| true \\ taken for | " + " | ".join(LABELS) + " | right |",
        "|---|" + "---:|" * (len(LABELS) + 1),
    ]
    for number, (name, row) in enumerate(zip(LABELS, figures.confusion, strict=True)):
        share = row[number] / max(1, sum(row))
        lines.append(f"| {name} | " + " | ".join(map(str, row)) + f" | {share:.1%} |")
    return "\n".join(lines)


def coverage(probabilities: Floats, labels: Ints) -> str:
    """Share answered and share right of the answered, per abstention threshold, as Markdown."""
    rows = metrics.risk_coverage(probabilities, labels, np.arange(0.0, 0.91, 0.1))
    lines = ["| abstain below | answered | right of the answered |", "|---:|---:|---:|"]
    lines += [f"| {t:.1f} | {answered:.1%} | {right:.1%} |" for t, answered, right in rows]
    return "\n".join(lines)


def main() -> None:
    """Entry of `python -m models.emotion.evaluate`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--network", type=Path, required=True, help="ONNX file with its manifest")
    parser.add_argument("--fer", type=Path, help="folder with train/ validation/")
    parser.add_argument("--photos", type=Path, help="folder of expression photos")
    parser.add_argument("--flip", action="store_true", help="average with the mirrored picture")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--coverage", action="store_true", help="risk against coverage too")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    given = parser.parse_args()
    if not given.fer and not given.photos:
        parser.error("name at least one of --fer and --photos")
    classifier = EmotionClassifier.open(given.network, threads=given.threads)
    sets = {}
    if given.fer:
        sets["FER2013 public test"] = list(walk_fer(given.fer, "validation"))
    if given.photos:
        sets["photographs of people not trained on"] = list(walk_photos(given.photos, True))
    for name, files in sets.items():
        pair = probabilities_of(classifier, files, given.flip)
        found = metrics.figures(*pair)
        if given.json:
            print(json.dumps({"set": name, **asdict(found)}))
        else:
            print(f"\n{name}: {table(found)}")
            if given.coverage:
                print(f"\n{coverage(*pair)}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
