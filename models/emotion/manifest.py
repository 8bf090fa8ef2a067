"""The JSON manifest that goes with an exported emotion network; what the unit knows about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from models.emotion.export import INPUT
from models.emotion.labels import LABELS

VERSION = "2026.12.1"
LICENCE = (
    "Weights: Apache-2.0 as far as ours. Trained on FER2013 (research use) with the votes of FER+"
    " (MIT), and on LFW faces labelled by the repository 'facial_expressions' (no licence text):"
    " check before selling."
)
AFFECT: dict[str, Any] = {
    "source": (
        "Russell & Mehrabian 1977, Evidence for a three-factor theory of emotions, Journal of"
        " Research in Personality 11, 273-294: mean pleasure and arousal of 'happy', 'sad',"
        " 'surprised', 'fearful', 'disgusted', 'angry'; neutral is the origin"
    ),
    "valence": {
        "neutral": 0.0,
        "happiness": 0.81,
        "sadness": -0.63,
        "surprise": 0.40,
        "fear": -0.64,
        "disgust": -0.60,
        "anger": -0.51,
    },
    "arousal": {
        "neutral": 0.0,
        "happiness": 0.51,
        "sadness": -0.27,
        "surprise": 0.67,
        "fear": 0.60,
        "disgust": 0.35,
        "anger": 0.59,
    },
}
CROP = {"scale": 1.04, "shift_y": -0.017}
"""Medians of `python -m models.emotion.framing` over 1,511 pictures."""

SELF_TEST_SEED = 0
SELF_TEST_TOLERANCE = 0.25
"""In logits: int8 kernels round differently on other processors."""


@dataclass(frozen=True)
class Knobs:
    """What is fitted after training, and the figures to record."""

    size_px: int
    temperature: float = 1.0
    abstain_below: float = 0.0
    metrics: dict[str, Any] = field(default_factory=dict)


def self_test(network: Path, size_px: int) -> dict[str, Any]:
    """The network's logits for one seeded input, as this machine computes them."""
    session = ort.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(SELF_TEST_SEED)
    face = rng.standard_normal((1, 1, size_px, size_px)).astype(np.float32)
    output = session.run(None, {INPUT: face})[0]
    return {
        "input_seed": SELF_TEST_SEED,
        "output": np.round(output, 4).tolist(),
        "tolerance": SELF_TEST_TOLERANCE,
    }


def content(network: Path, name: str, knobs: Knobs) -> dict[str, Any]:
    """What the manifest of `network` says, without a self test."""
    return {
        "schema": 1,
        "name": name,
        "version": VERSION,
        "task": "emotion",
        "file": network.name,
        "sha256": hashlib.sha256(network.read_bytes()).hexdigest(),
        "licence": LICENCE,
        "card": "models/emotion/README.md",
        "input": {
            "name": INPUT,
            "size_px": [knobs.size_px, knobs.size_px],
            "channels": 1,
            "colour": "grey",
            "scale": 1.0 / 255.0,
            "standardise": "per-picture",
        },
        "labels": list(LABELS),
        "expressions": {"happy": ["happiness"], "neutral": ["neutral"], "sad": ["sadness"]},
        "temperature": knobs.temperature,
        "crop": CROP,
        "abstain_below": knobs.abstain_below,
        "affect": AFFECT,
        "metrics": knobs.metrics,
    }


def write(network: Path, name: str, knobs: Knobs) -> Path:
    """Write the manifest beside `network`, with a self test; returns its path."""
    whole = content(network, name, knobs) | {"self_test": self_test(network, knobs.size_px)}
    path = network.with_suffix(".json")
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    return path
