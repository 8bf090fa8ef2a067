"""Running the networks through ONNX Runtime, from their manifests."""

from __future__ import annotations

from pathlib import Path

import appliance


def shipped_models_dir() -> Path:
    """Folder of the networks that come with the product; it lies beside the package."""
    return Path(appliance.__file__).resolve().parent.parent / "models" / "artifacts"
