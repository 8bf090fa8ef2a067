"""Writes the figures of the shipped network into its card: `python -m models.emotion.card`.

All of them come from the manifest (which `ship` wrote) and from timings.json (which `benchmark
--record` wrote), so that the card cannot say anything that was not measured.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from models import commands
from models.emotion import held_out, timings
from models.emotion.labels import LABELS
from models.emotion.timings import Timings
from models.generated import GeneratedPart

FOLDER = Path(__file__).parent
CARD = GeneratedPart(FOLDER / "README.md", "figures")
MANIFEST = FOLDER.parent / "artifacts" / "emotion_resnet50_mish_int8.json"


def sets_of(found: dict[str, Any]) -> dict[str, str]:
    """Titles of the sets that a network was measured on, by name; the first is the main one."""
    return {name: title for name, title in held_out.TITLES.items() if name in found}


def page() -> str:
    """The generated part of the card."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    found = manifest["metrics"]
    titles = sets_of(found)
    main = found[next(iter(titles))]
    error = (main["seven"] * (1.0 - main["seven"]) / main["pictures"]) ** 0.5
    parts = [
        "## Accuracy, as the unit runs it",
        "Decoding, resizing, standardising, ONNX Runtime and temperature are those of"
        ' `appliance.inference`. "Three" is the largest of happiness, neutral, sadness, on faces'
        " labelled with one of them.",
        accuracy(found),
        "Without the mirror image the int8 network gets"
        f" {found['one_side']['seven']:.1%} of the public test over seven classes and"
        f" {found['one_side']['three']:.1%} over three.",
        f"With the first set's {main['pictures']:,} pictures one standard error is {error:.1%}."
        " `python -m models.emotion.evaluate` measures it again.",
        *(confusion(title, found[name]) for name, title in titles.items()),
        "![Confusion matrix](confusion.png)",
        "## Calibration and abstention",
        calibration(manifest),
        "![Reliability](reliability.png)",
        "## Spoilt faces",
        "The public test, each picture spoilt in one way"
        " (`python -m models.emotion.robustness`). What is not answered is left out of choices.",
        robustness(found["robustness"]),
        "## Speed",
        "\n\n".join(run.table() for run in timings.read()),
        " ".join(as_exported(run) for run in timings.read()),
        "## Epochs",
        epochs(found["training"]),
    ]
    return "\n\n".join(parts)


def as_exported(run: Timings) -> str:
    """How much the shipped form gains over the export as PyTorch writes it."""
    plain, small = (
        run.times(name, timings.SHIPPED) for name in (timings.AS_EXPORTED, timings.INT8_AS_EXPORTED)
    )
    return (
        f"With {run.threads} thread{'s' * (run.threads > 1)}, the export as PyTorch writes it"
        f" (softplus, tanh, product; float32) takes {plain:.1f} times as long as the shipped form,"
        f" and {small:.1f} times in int8."
    )


def accuracy(found: dict[str, Any]) -> str:
    """int8 beside its float twin."""
    lines = ["| | int8, shipped | float32 twin |", "|---|---:|---:|"]
    names = {"seven": "seven classes", "three": "three", "macro_f1": "macro-F1"}
    for key, title in sets_of(found).items():
        for figure, name in names.items():
            ours, twin = found[key][figure], found["fp32_twin"][key][figure]
            form = "{:.3f}" if figure == "macro_f1" else "{:.1%}"
            lines.append(f"| {title}, {name} | {form.format(ours)} | {form.format(twin)} |")
    return "\n".join(lines)


def confusion(title: str, figures: dict[str, Any]) -> str:
    """Counts, rows true."""
    lines = [
        f"{title}, {figures['pictures']:,} pictures:",
        "",
        "| true \\ taken for | " + " | ".join(LABELS) + " | right |",
        "|---|" + "---:|" * (len(LABELS) + 1),
    ]
    for number, (name, row) in enumerate(zip(LABELS, figures["confusion"], strict=True)):
        share = row[number] / max(1, sum(row))
        lines.append(f"| {name} | " + " | ".join(map(str, row)) + f" | {share:.1%} |")
    return "\n".join(lines)


def calibration(manifest: dict[str, Any]) -> str:
    """Temperature, threshold, and the risk-coverage curve."""
    found = manifest["metrics"]
    error, abstention = found["calibration"], found["abstention"]
    lines = [
        f"Temperature {manifest['temperature']}, `abstain_below` {manifest['abstain_below']}: the"
        f" {abstention['rule']}. Both are fitted to the public test; the figures here are measured"
        f" on {error['measured_on']}.",
        "",
        "| | before | after |",
        "|---|---:|---:|",
        f"| expected calibration error, 15 bins | {error['ece_before']:.3f}"
        f" | {error['ece_after']:.3f} |",
        f"| negative log likelihood | {error['nll_before']:.3f} | {error['nll_after']:.3f} |",
        "",
        f"The unit answers {abstention['answered']:.1%} of these faces and is right on"
        f" {abstention['right_of_answered']:.1%} of them, over seven classes.",
        "",
        "| abstain below | answered | right of the answered |",
        "|---:|---:|---:|",
    ]
    lines += [f"| {t:.1f} | {share:.1%} | {right:.1%} |" for t, share, right in abstention["curve"]]
    return "\n".join(lines)


def robustness(rows: dict[str, dict[str, float]]) -> str:
    """One line a way of spoiling."""
    lines = [
        "| faces | seven classes | three | answered | right of the answered |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {name} | {row['seven']:.1%} | {row['three']:.1%} | {row['answered']:.1%}"
        f" | {row['right_of_answered']:.1%} |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


def epochs(training: dict[str, Any]) -> str:
    """One line an epoch, as it was logged."""
    lines = [
        "| epoch | size | photographs drawn | loss | public test, seven / three"
        " | photographs held out, seven / three |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for entry in training["epochs"]:
        shares = [
            f"{entry[f'{part}.seven']:.1%} / {entry[f'{part}.three']:.1%}"
            for part in ("fer-validation", "photos-held-out")
        ]
        lines.append(
            f"| {int(entry['epoch']) + 1} | {int(entry['size_px'])} px"
            f" | {int(entry.get('photos', 0))} | {entry['loss']:.3f} | {shares[0]} | {shares[1]} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Entry of `python -m models.emotion.card`."""
    CARD.write(page())
    print(f"wrote {CARD.page}")


if __name__ == "__main__":
    sys.exit(commands.run(main))
