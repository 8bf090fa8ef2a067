"""The shipped networks answer alike with VNNI, which adds in 32 bits, and without, where pairs of
products saturate in 16 (ONNX Runtime 1.32.0): an emulated Haswell is the one without."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.smoke import answers

EMULATOR = "qemu-x86_64"
PROCESSOR = "Haswell"
LARGEST_DIFFERENCE = {"face_yolo": 0.01, "emotion": 0.02, "picture_mood": 0.0001}
"""Pixels and confidences, logits, valence and arousal; saturation costs 10, 0.5 and more."""


def run(*before: str, out: Path) -> dict[str, np.ndarray]:
    command = [*before, sys.executable, "-m", "tests.smoke.answers", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(out) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, np.ndarray]]:
    """What this processor answers and what the other does, by network."""
    emulator = shutil.which(EMULATOR)
    if emulator is None:
        pytest.skip(f"NO {EMULATOR} (Debian's qemu-user): no other processor was tried")
    folder = tmp_path_factory.mktemp("answers")
    return [
        run(out=folder / "here.npz"),
        run(emulator, "-cpu", PROCESSOR, out=folder / "there.npz"),
    ]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", answers.names())
def test_a_network_answers_alike_without_vnni(both: list[dict[str, np.ndarray]], name: str) -> None:
    here, there = (found[name] for found in both)
    allowed = next(value for kind, value in LARGEST_DIFFERENCE.items() if name.startswith(kind))
    assert np.abs(here).max() > 0.1
    assert np.abs(here - there).max() <= allowed
