"""Writes what was measured of clips' affect into models/README.md:
`python -m models.video_affect.report`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from models import commands
from models.generated import GeneratedPart
from models.video_affect.table import table

README = GeneratedPart(Path(__file__).parents[1] / "README.md", "video-affect")
RESULTS = Path(__file__).parent / "results"


def page(features: dict[str, Any], made: dict[str, Any] | None) -> str:
    """The generated part."""
    names = {
        "ours": "**ships**: ranks and their products, 7 features",
        "ridge_same_features": "ridge over the same 7 ranks",
        "ridge_all_features": f"ridge over all {features['published_features']} published features",
        "mean_alone": "always the mean",
    }
    lines = [
        f"Official test set, {features['tested_on']:,} excerpts; learned from"
        f" {features['learned_from']:,}; mean squared error on the data set's scale of 1 to 5:",
        "",
        "| | MSE valence | MSE arousal | r valence | r arousal |",
        "|---|---:|---:|---:|---:|",
    ]
    for key, name in names.items():
        valence, arousal = features["valence"][key], features["arousal"][key]
        lines.append(
            f"| {name} | {valence['mse']:.3f} | {arousal['mse']:.3f}"
            f" | {valence['r']:.2f} | {arousal['r']:.2f} |"
        )
    if made is not None:
        streams = sorted(set(made["streams"].values()))
        lines += [
            "",
            f"The network on clips made here: {made['parameters']:,} parameters, all streams"
            f" {' or '.join(streams)}, {made['learned_from']} clips to learn from,"
            f" {made['tested_on']} to test on, of other shapes, mixtures of hues, directions and"
            f" sounds, {made['epochs']} epochs, {made['minutes']:.0f} minutes of one shared core."
            " The paper's rows are of real films: only the scale of 1 to 5 is the same.",
            "",
            table(made),
            "",
            f"Always the mean would have {made['valence']['mean_alone_mse']:.3f} and"
            f" {made['arousal']['mean_alone_mse']:.3f}. ONNX differs from PyTorch by at most"
            f" {made['largest_difference_to_onnx']:g}.",
        ]
    return "\n".join(lines)


def main() -> None:
    """Entry of `python -m models.video_affect.report`."""
    path = RESULTS / "from_features.json"
    if not path.exists():
        raise commands.TrainingDataError(
            f"there is no {path}: run models.video_affect.from_features"
        )
    made = RESULTS / "made_clips.json"
    README.write(
        page(json.loads(path.read_text()), json.loads(made.read_text()) if made.exists() else None)
    )


if __name__ == "__main__":
    sys.exit(commands.run(main))
