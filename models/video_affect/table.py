"""The multimodal paper's table 1 (Kim, Lee 2018), with what was measured here beside it."""

from __future__ import annotations

from collections.abc import Mapping

PUBLISHED = (
    ("RUC", 0.218, 1.479),
    ("THU-HCSI", 0.214, 1.531),
    ("BUL", 0.231, 1.413),
    ("Liu et al.", 0.240, 1.185),
    ("Gan et al.", 0.33, 0.77),
    ("the paper's network", 0.269, 0.628),
)
"""Mean squared error of valence and arousal on the data set's scale of 1 to 5."""


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown; `found` as `train.figures` gives it."""
    lines = ["| | MSE valence | MSE arousal | r valence | r arousal |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {valence} | {arousal} | – | – |" for name, valence, arousal in PUBLISHED]
    valence, arousal = found["valence"], found["arousal"]
    lines.append(
        f"| measured here | **{valence['mse']:.3f}** | **{arousal['mse']:.3f}**"
        f" | {valence['r']:.2f} | {arousal['r']:.2f} |"
    )
    return "\n".join(lines)
