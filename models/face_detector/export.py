"""Export a checkpoint: `python -m models.face_detector.export --checkpoint best.pt --data FOLDER`.

Writes one ONNX file and one manifest per input size, asserts that its float form gives what
PyTorch gives, quantizes it to int8 where that keeps the recall, and sets the operating threshold
by measuring on faces/valid through `appliance.inference`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from appliance.inference.model_manifest import FaceManifest, load_manifest
from appliance.inference.onnx_model import OnnxModel
from models import commands
from models.face_detector.evaluate import SIZES_PX, at_work, measure
from models.face_detector.finder import to_tensor
from models.face_detector.matching import FALSE_ALARMS_PER_PICTURE, Curve
from models.face_detector.network import STRIDES, ExportedFaceYolo, FaceYolo, NetworkSettings
from models.face_detector.pictures import LabelledPicture, TrainingDataError, load_faces
from models.face_detector.quantize import quantize
from models.face_detector.shipped import ShippedFinder

OPSET = 17
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"
LEAST_THRESHOLD = 0.05
LARGEST_LOSS = 0.005
"""Of recall at the operating point, for which int8 is still taken."""
LICENCE = (
    "weights trained here; pictures: face photographs declared CC BY 4.0 by their uploaders, "
    "press photographs (LFW), OASIS, ImageNet and BSDS500 samples for research use; see the card"
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="best.pt of a training")
    parser.add_argument("--data", type=Path, required=True, help="folder with faces/ or faces.tar")
    parser.add_argument("--out", type=Path, default=ARTIFACTS)
    parser.add_argument("--version", default="2026.11.2", help="written into the manifests")
    given = parser.parse_args(arguments)
    network, state = load_checkpoint(given.checkpoint)
    given.out.mkdir(parents=True, exist_ok=True)
    valid, train = load_faces(given.data, "valid"), load_faces(given.data, "train")
    for size_px in SIZES_PX:
        path = given.out / f"face_yolo_{size_px}.onnx"
        difference = export(network, size_px, path, given.version)
        result, lost = choose_int8(path, size_px, given.version, train, valid)
        threshold, _ = result.at(FALSE_ALARMS_PER_PICTURE)
        # Rounded up: the manifest's threshold keeps the promise, not just its neighbour.
        threshold = max(math.ceil(threshold * 1000) / 1000, LEAST_THRESHOLD)
        manifest = json.loads(path.with_suffix(".json").read_text())
        manifest["confidence_threshold"] = threshold
        manifest["metrics"] = {
            "faces_valid": at_work(result, threshold),
            "recall_lost_by_int8": lost,
            "step": state["step"],
            "seed": state["settings"]["seed"],
        }
        write_manifest(path, manifest)
        print(f"{path}: differs from PyTorch by {difference:.1e}, threshold {threshold},"
              f" {manifest['metrics']}")  # fmt: skip


def choose_int8(
    path: Path,
    size_px: int,
    version: str,
    train: Sequence[LabelledPicture],
    valid: Sequence[LabelledPicture],
) -> tuple[Curve, float | None]:
    """Put the int8 twin in the place of the float file where it keeps the recall.

    Returns the curve of what stays and the recall lost at the operating point; None: float stayed.
    """
    result = measure(ShippedFinder(path), valid)
    described = load_manifest(path)
    assert isinstance(described, FaceManifest)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / path.name
        quantize(path, small, described, train)
        write_manifest(small, describe(small, size_px, version))
        twin = measure(ShippedFinder(small), valid)
        lost = result.at(FALSE_ALARMS_PER_PICTURE)[1] - twin.at(FALSE_ALARMS_PER_PICTURE)[1]
        if lost > LARGEST_LOSS:
            return result, None
        for suffix in (".onnx", ".json"):
            shutil.copyfile(small.with_suffix(suffix), path.with_suffix(suffix))
    return twin, round(lost, 4)


def load_checkpoint(path: Path) -> tuple[FaceYolo, dict[str, Any]]:
    """The averaged network of a checkpoint, ready to predict, and the checkpoint's content."""
    if not path.is_file():
        raise TrainingDataError(f"no checkpoint {path}: train first")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    known = {field.name for field in fields(NetworkSettings)}
    given = {key: value for key, value in state["settings"]["network"].items() if key in known}
    network = FaceYolo(NetworkSettings(**given))
    network.load_state_dict(state["average"])
    return network.eval(), state


def export(network: FaceYolo, size_px: int, path: Path, version: str) -> float:
    """Write the ONNX file and its manifest; returns the confidences' largest difference to PyTorch.

    Raises TrainingDataError when ONNX Runtime's answer to a random picture is another one: a
    confidence off by more than 1e-3 or a box by more than 1e-3 of the input's side.
    """
    shipped = ExportedFaceYolo(network).eval()
    noise = np.random.default_rng(0).integers(0, 256, (1, size_px, size_px, 3), np.uint8)
    picture = to_tensor(noise).contiguous()
    torch.onnx.export(
        shipped,
        (picture,),
        str(path),
        input_names=["images"],
        output_names=["detections"],
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)
    write_manifest(path, describe(path, size_px, version))
    with torch.no_grad():
        expected = shipped(picture).numpy()
    found = OnnxModel(path, threads=1).run(picture.numpy())[0]
    difference = np.abs(found - expected) if found.shape == expected.shape else np.ones((1, 5))
    confidence, boxes = float(difference[..., 4].max()), float(difference[..., :4].max()) / size_px
    if confidence > 1e-3 or boxes > 1e-3:
        path.unlink()
        raise TrainingDataError(
            f"{path.name} differs from PyTorch (confidence {confidence:.2e}, boxes {boxes:.2e} of "
            "the side): try another opset"
        )
    return confidence


def describe(path: Path, size_px: int, version: str) -> dict[str, Any]:
    """The manifest's content, with a threshold that still has to be measured."""
    return {
        "schema": 1,
        "name": f"face-yolo-{size_px}",
        "version": version,
        "task": "face-detection",
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": LICENCE,
        "card": "models/face_detector/README.md",
        "input": {
            "name": "images",
            "size_px": [size_px, size_px],
            "channels": 3,
            "colour": "rgb",
            "scale": 1 / 255,
            "mean": [0.0, 0.0, 0.0],
            "std": [1.0, 1.0, 1.0],
            "standardise": "none",
        },
        "letterbox": {"fill": 114, "align": "centre"},
        "head": {"kind": "xyxy-confidence", "strides": list(STRIDES), "outputs": ["detections"]},
        "confidence_threshold": 0.35,
        "nms_iou": 0.45,
    }


def write_manifest(network_path: Path, manifest: dict[str, Any]) -> None:
    """Write the JSON sidecar beside the network."""
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    network_path.with_suffix(".json").write_text(text)


if __name__ == "__main__":
    sys.exit(commands.run(main))
