"""How good the owner's network is on the pictures kept aside, beside the shipped network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest  # type: ignore[import-untyped]

from appliance.domain import Image
from appliance.inference.model_manifest import CropSpec
from appliance.pictures.reader import PictureReader
from models.emotion import metrics
from models.emotion.labels import LABELS
from models.emotion.metrics import Floats, Ints
from models.emotion.own_data import Picture
from models.emotion.own_looks import face_of
from models.intervals import wilson

SIGNIFICANT = 0.05


def faces(pictures: Iterable[Picture], crop: CropSpec) -> Iterable[Image]:
    """The faces of picture files as the unit would show them to its network."""
    with PictureReader() as reader:
        for picture in pictures:
            yield face_of(reader.read(picture.path), picture.box, crop)


def among(found: Floats, classes: Sequence[int]) -> Floats:
    """Probabilities [N, 7] if it is known that no other than these classes occurs."""
    kept = np.zeros_like(found)
    kept[:, list(classes)] = found[:, list(classes)] + 1e-12
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Measured:
    """One network's probabilities [N, 7] on the held-out pictures and their labels [N]."""

    name: str
    probabilities: Floats
    labels: Ints

    @property
    def right(self) -> Any:
        """Which pictures it is right on: bool [N]."""
        return self.probabilities.argmax(axis=1) == self.labels

    @property
    def confusion(self) -> Ints:
        """Counts [7, 7], rows true, columns taken for."""
        return metrics.confusion_matrix(self.labels, self.probabilities.argmax(axis=1))

    def figures(self) -> dict[str, Any]:
        """Pictures, accuracy and its interval, macro-F1, calibration; for the manifest."""
        return {
            "pictures": len(self.labels),
            "seven": round(float(self.right.mean()), 4),
            "interval_95": [
                round(limit, 4) for limit in wilson(int(self.right.sum()), len(self.labels))
            ],
            "macro_f1": round(metrics.macro_f1(self.confusion), 4),
            "ece": round(metrics.calibration_error(self.probabilities, self.labels), 4),
            "nll": round(metrics.negative_log_likelihood(self.probabilities, self.labels), 4),
        }


def verdict(new: Measured, old: Measured) -> str:
    """Whether the new network is better, by McNemar's exact test on the same pictures."""
    gained = int((new.right & ~old.right).sum())
    lost = int((old.right & ~new.right).sum())
    chance = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    counted = f"right where the other is wrong: {new.name} {gained} times, {old.name} {lost} times"
    if chance >= SIGNIFICANT:
        return f"These pictures do not tell which is better ({counted}; p = {chance:.2f})."
    better = new.name if gained > lost else old.name
    return f"{better} is better ({counted}; p = {chance:.2g}, McNemar's exact test)."


def left_out_table(left_out: Mapping[str, Sequence[Path]]) -> list[str]:
    """How many pictures were not used, by reason; nothing where all were."""
    rows = [f"| {reason} | {len(paths):,} |" for reason, paths in left_out.items() if paths]
    return ["", "| left out because | pictures |", "|---|---:|", *rows] if rows else []


def page(
    new: Measured,
    old: Measured,
    classes: Sequence[int],
    notes: Sequence[str],
    left_out: Mapping[str, Sequence[Path]],
) -> str:
    """Both networks' figures, the new one's confusions, what was left out, notes: Markdown."""
    lines = [
        f"# {new.name}",
        "",
        f"Measured through appliance.inference on {len(new.labels)} pictures that nothing was"
        " trained on or chosen by; each network's answer is the likeliest of"
        f" {', '.join(LABELS[label] for label in classes)}.",
        "",
        "| network | accuracy | 95 % interval | macro-F1 | calibration error |",
        "|---|---:|---:|---:|---:|",
    ]
    for measured in (new, old):
        found = measured.figures()
        low, high = found["interval_95"]
        lines.append(
            f"| {measured.name} | {found['seven']:.1%} | {low:.1%} … {high:.1%}"
            f" | {found['macro_f1']:.3f} | {found['ece']:.3f} |"
        )
    lines += ["", verdict(new, old), "", *confusion_table(new, classes)]
    lines += [*left_out_table(left_out), ""]
    return "\n".join([*lines, *(f"- {note}" for note in notes)]) + "\n"


def confusion_table(measured: Measured, classes: Sequence[int]) -> list[str]:
    """The confusion matrix in counts over these classes, with the share right per row."""
    names = [LABELS[label] for label in classes]
    lines = [
        "| true \\ taken for | " + " | ".join(names) + " | right |",
        "|---|" + "---:|" * (len(names) + 1),
    ]
    counts = measured.confusion
    for label in classes:
        row = " | ".join(str(counts[label, taken]) for taken in classes)
        share = counts[label, label] / max(1, counts[label].sum())
        lines.append(f"| {LABELS[label]} | {row} | {share:.1%} |")
    return lines
