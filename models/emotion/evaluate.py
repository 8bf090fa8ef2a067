"""Accuracy of a network file as the unit runs it: `python -m models.emotion.evaluate --help`.

Pictures go through appliance.inference from the file on, so that what is measured is what the
unit does: decoding, resizing, standardising, ONNX Runtime, temperature.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tqdm import tqdm

from appliance.domain import Image
from appliance.inference import shipped_models_dir
from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands
from models.emotion import aihub, dataset, held_out, metrics
from models.emotion.held_out import HeldOut
from models.emotion.labels import LABELS
from models.emotion.metrics import Figures, Floats, Ints
from models.emotion.own_data import Plan, read_to_measure
from models.emotion.own_looks import FaceFinder, Reading

CHUNK = 256
SHIPPED = shipped_models_dir() / "emotion_resnet50_mish_int8.onnx"


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


def probabilities_of(classifier: EmotionClassifier, faces: HeldOut, flip: bool = False) -> Floats:
    """Probabilities [N, 7] of held-out faces; `flip` averages with the mirrored."""
    found = probabilities(classifier, faces.pictures)
    if flip:
        mirrored = (np.asarray(picture[:, ::-1], np.uint8) for picture in faces.pictures)
        found = (found + probabilities(classifier, mirrored)) / 2.0
    return found


def own_faces(given: argparse.Namespace, classifier: EmotionClassifier) -> HeldOut:
    """The owner's pictures at `--data`; what is left out is printed with its reason."""
    finder = FaceFinder.open() if given.find_faces else None
    size_px = classifier.manifest.input.size_px[0]
    plan = Plan(Reading(size_px, finder, classifier.manifest.crop), words=given.words)
    found = read_to_measure(given.data, plan, lambda paths: tqdm(paths, desc="reading pictures"))
    for reason, paths in found.left_out.items():
        if paths:
            print(f"left out, {reason}: {len(paths)}, {paths[0]} for one", file=sys.stderr)
    return HeldOut(list(found.faces.pictures), found.faces.labels, found.faces.votes)


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
    parser.add_argument("--network", type=Path, default=SHIPPED, help="ONNX file with its manifest")
    parser.add_argument("--fer", type=Path, help=dataset.FER_HELP)
    parser.add_argument("--photos", type=Path, help="folder of expression photos")
    parser.add_argument(
        "--data", type=Path, help="your own pictures, as models.emotion.train reads"
    )
    parser.add_argument("--find-faces", action="store_true", help="with --data: as the unit does")
    parser.add_argument("--words", type=aihub.words_of, default=aihub.WORDS, help=aihub.WORDS_HELP)
    parser.add_argument("--flip", action="store_true", help="average with the mirrored picture")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--coverage", action="store_true", help="risk against coverage too")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    given = parser.parse_args()
    if not given.fer and not given.photos and not given.data:
        parser.error("name at least one of --fer, --photos and --data")
    classifier = EmotionClassifier.open(given.network, threads=given.threads)
    sets = held_out.sets(given.fer, given.photos)
    if given.data:
        sets[str(given.data)] = own_faces(given, classifier)
    for name, faces in sets.items():
        said = probabilities_of(classifier, faces, given.flip)
        found = metrics.figures(said, faces.labels, faces.votes)
        if given.json:
            print(json.dumps({"set": name, **asdict(found)}))
        else:
            print(f"\n{held_out.TITLES.get(name, name)}: {table(found)}")
            if given.coverage:
                print(f"\n{coverage(said, faces.labels)}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
