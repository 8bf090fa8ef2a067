"""The project's data folder, which is not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.inference import shipped_models_dir

ROOT = Path(__file__).resolve().parents[2]


def shared(part: str) -> Path:
    """Path of a part of the data; skips the test, saying so, where it is absent."""
    data = Path(os.environ.get("APPLIANCE_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not (data / part).exists():
        pytest.skip(f"{data / part} is absent: set APPLIANCE_TEST_DATA to the data's folder")
    return data / part


def shipped(file: str) -> Path:
    """Path of a shipped network; skips the test, saying so, where it has not been trained yet."""
    path = shipped_models_dir() / file
    if not path.exists():
        pytest.skip(f"{path} is absent: train and export it (models/README.md)")
    return path
