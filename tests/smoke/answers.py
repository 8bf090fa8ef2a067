"""What each shipped network answers to some real pictures, as numbers: ``python -m
tests.smoke.answers FILE.npz``. Two processors are compared by what they write."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from appliance.camera import builtin
from appliance.domain import Image
from appliance.inference import shipped_models_dir
from appliance.inference.image_ops import letterbox, to_tensor
from appliance.inference.model_manifest import FaceManifest
from appliance.inference.onnx_model import OnnxModel

FACES = 6


def portraits() -> list[Image]:
    """NASA's portrait from near and far, in the dark, mirrored and turned [H, W, 3]."""
    whole = cv2.imread(str(builtin.ASSETS / "astronaut.jpg"))
    assert whole is not None
    whole = np.asarray(whole, np.uint8)
    x, y = (int(value) for value in builtin.PHOTO_FACE_CENTRE)
    found = [whole, np.ascontiguousarray(whole[:, ::-1]), np.asarray(whole // 4, np.uint8)]
    for reach in (60, 90, 140):
        found.append(
            np.ascontiguousarray(whole[max(0, y - reach) : y + reach, x - reach : x + reach])
        )
    return found[:FACES]


def answers(name: str) -> np.ndarray:
    """All outputs of one network for all portraits, flattened one after another."""
    model = OnnxModel(shipped_models_dir() / f"{name}.json")
    manifest = model.manifest
    found = []
    for picture in portraits():
        if isinstance(manifest, FaceManifest):
            picture, _ = letterbox(picture, manifest.input.size_px, manifest.letterbox)
        found += [each.ravel() for each in model.run(to_tensor([picture], manifest.input))]
    return np.concatenate(found)


def names() -> list[str]:
    """The shipped networks."""
    return sorted(path.stem for path in Path(shipped_models_dir()).glob("*.onnx"))


if __name__ == "__main__":
    np.savez(sys.argv[1], **{name: answers(name) for name in names()})  # type: ignore[arg-type]
