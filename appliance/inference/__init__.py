"""Running the networks through ONNX Runtime, from their manifests."""

from __future__ import annotations

from pathlib import Path

from appliance.shipped import shipped


def shipped_models_dir() -> Path:
    """Folder of the networks that come with the product."""
    return shipped("models/artifacts")
