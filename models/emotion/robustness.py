"""Accuracy on faces that are turned, blurred, dark, far or covered: `--help` shows how to run it.

`python -m models.emotion.robustness --network FILE --fer FER`: the public test, each picture
spoilt in one way, through appliance.inference; everything drawn is fixed by the picture's number.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from appliance.inference.emotion_classifier import EmotionClassifier
from models import commands
from models.emotion import dataset, evaluate, held_out, metrics
from models.emotion.held_out import HeldOut
from models.emotion.masks import mask_outline

Picture = npt.NDArray[np.uint8]
Spoiler = Callable[[Picture, np.random.Generator], Picture]

FAR_PX = 24


def turned(picture: Picture, degrees: float) -> Picture:
    """Turned about the middle, borders repeated."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    kind = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderMode=kind), np.uint8)


def blurred(picture: Picture, share: float) -> Picture:
    """Gaussian blur whose deviation is `share` of the side."""
    deviation = share * picture.shape[0]
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), deviation), np.uint8)


def dark(picture: Picture, rng: np.random.Generator) -> Picture:
    """A tenth of the light, with the noise that a sensor adds then (2 levels)."""
    noise = rng.normal(0.0, 2.0, picture.shape)
    return np.clip(picture * 0.1 + noise, 0, 255).astype(np.uint8)


def far(picture: Picture) -> Picture:
    """As a face of 24 px gives it; the network enlarges it again."""
    return np.asarray(cv2.resize(picture, (FAR_PX, FAR_PX), interpolation=cv2.INTER_AREA), np.uint8)


def covered(picture: Picture, rng: np.random.Generator) -> Picture:
    """A grey square over a ninth of the picture, anywhere."""
    side = picture.shape[0]
    size = side // 3
    x, y = rng.integers(0, side - size, 2)
    result = picture.copy()
    result[y : y + size, x : x + size] = int(picture.mean())
    return result


def masked(picture: Picture) -> Picture:
    """A light mask from the bridge of the nose to the chin, wider at the cheeks."""
    result = picture.copy()
    cv2.fillPoly(result, [mask_outline(picture.shape[0])], 200)
    return result


SPOILERS: dict[str, Spoiler] = {
    "clean": lambda picture, _: picture,
    "turned by +20°": lambda picture, _: turned(picture, 20.0),
    "turned by −20°": lambda picture, _: turned(picture, -20.0),
    "blurred, deviation 3 % of the side": lambda picture, _: blurred(picture, 0.03),
    "a tenth of the light": dark,
    "24-px faces": lambda picture, _: far(picture),
    "a ninth covered": covered,
    "masked": lambda picture, _: masked(picture),
}


@dataclass(frozen=True)
class Row:
    """One way of spoiling: shares right of all, of the three, answered, right of the answered."""

    name: str
    seven: float
    three: float
    answered: float
    right_of_answered: float


def rows(classifier: EmotionClassifier, faces: HeldOut) -> list[Row]:
    """Every way of spoiling on grey faces; the classifier's own abstention threshold counts."""
    labels = faces.labels
    found = []
    for name, spoil in (bar := tqdm(SPOILERS.items(), leave=False)):
        bar.set_postfix_str(name)
        spoilt = (
            spoil(picture, np.random.default_rng(number))
            for number, picture in enumerate(faces.pictures)
        )
        probabilities = evaluate.probabilities(classifier, spoilt)
        threshold = np.array([classifier.abstain_below])
        ((_, answered, right),) = metrics.risk_coverage(probabilities, labels, threshold)
        seven = float((probabilities.argmax(axis=1) == labels).mean())
        three = metrics.accuracy_of_three(probabilities, labels)
        found.append(Row(name, seven, three, answered, right))
    return found


def as_manifest(found: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The rows as the manifest keeps them."""
    return {
        row.name: {
            "seven": round(row.seven, 4),
            "three": round(row.three, 4),
            "answered": round(row.answered, 4),
            "right_of_answered": round(row.right_of_answered, 4),
        }
        for row in found
    }


def table(found: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        "| faces | seven classes | three | answered | right of the answered |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.name} | {row.seven:.1%} | {row.three:.1%} | {row.answered:.1%}"
        f" | {row.right_of_answered:.1%} |"
        for row in found
    ]
    return "\n".join(lines)


def main() -> None:
    """Entry of `python -m models.emotion.robustness`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--network", type=Path, required=True, help="ONNX file with its manifest")
    parser.add_argument("--fer", type=Path, required=True, help=dataset.FER_HELP)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    classifier = EmotionClassifier.open(given.network, threads=given.threads)
    found = rows(classifier, next(iter(held_out.sets(given.fer).values())))
    print(json.dumps(as_manifest(found)) if given.json else table(found))


if __name__ == "__main__":
    sys.exit(commands.run(main))
