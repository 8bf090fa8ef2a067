"""The owner's pictures, each read once: its checksum, its face, and what the network is fed.

What is fed is made by appliance.inference, as on the unit. Needs no PyTorch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from appliance.domain import Box, Image
from appliance.errors import PictureError
from appliance.inference import image_ops, shipped_models_dir
from appliance.inference.face_detector import FaceDetector
from appliance.inference.model_manifest import CropSpec
from appliance.pictures.reader import PictureReader
from models.emotion.own_rows import Row

DETECTOR_FILE = "face_yolo_416.onnx"

Watch = Callable[[Sequence[Path]], Iterable[Path]]
"""Hands the paths on, and may show how far that has come."""


@dataclass(frozen=True)
class FaceFinder:
    """Finds the face in a whole photograph, as the unit does."""

    detector: FaceDetector

    @classmethod
    def open(cls) -> Self:
        """With the shipped detector; raises ModelError."""
        return cls(FaceDetector.open(shipped_models_dir() / DETECTOR_FILE))

    def within(self, image: Image, box: Box) -> Box:
        """The face that people drew a box around, as the unit's detector draws it; else theirs."""
        found = [detection.box for detection in self.detector.detect(image)]
        inside = [each for each in found if _holds(box, each.centre) and _holds(each, box.centre)]
        return min(inside, key=lambda each: abs(each.height_px - box.height_px), default=box)

    def largest(self, image: Image) -> Box | None:
        """The largest face of a picture [H, W, 3]; None without one."""
        boxes = [detection.box for detection in self.detector.detect(image)]
        return max(boxes, key=lambda box: box.width_px * box.height_px, default=None)


def _holds(box: Box, point: tuple[float, float]) -> bool:
    x, y = point
    return box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2


@dataclass(frozen=True)
class Reading:
    """Input side of the network, how the unit cuts around a box, and who finds faces, if anyone."""

    size_px: int
    finder: FaceFinder | None = None
    crop: CropSpec = field(default_factory=CropSpec)


@dataclass(frozen=True)
class Look:
    """A picture that was read: checksum of its file, its face, and the grey square fed."""

    digest: str
    box: Box | None
    packed: image_ops.Picture | None


def look(rows: Sequence[Row], how: Reading, mistakes: list[str], watch: Watch) -> dict[Path, Look]:
    """Read every picture once; those that cannot be read go to the mistakes."""
    looks: dict[Path, Look] = {}
    boxes = {row.path: row.box for row in rows}
    with PictureReader() as reader:
        for path in watch(list(boxes)):
            try:
                image = reader.read(path)
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            except PictureError as exc:
                mistakes.append(str(exc))
            except OSError as exc:
                mistakes.append(f"{path} cannot be read: {exc.strerror}")
            else:
                looks[path] = _look_at(image, digest, boxes[path], how)
    return looks


def _look_at(image: Image, digest: str, drawn: Box | None, how: Reading) -> Look:
    box = _box(image, drawn, how.finder)
    if how.finder is not None and box is None:
        return Look(digest, None, None)
    return Look(digest, box, _packed(face_of(image, box, how.crop), how.size_px))


def _box(image: Image, drawn: Box | None, finder: FaceFinder | None) -> Box | None:
    """Where the face is: what people drew, what the unit's detector finds, or both together."""
    if finder is None:
        return drawn
    return finder.largest(image) if drawn is None else finder.within(image, drawn)


def face_of(image: Image, box: Box | None, crop: CropSpec) -> Image:
    """What the unit would show its network: the square around the box, or all of the picture."""
    return image if box is None else image_ops.crop_square(image, box, crop)


def _packed(face: Image, size_px: int) -> image_ops.Picture:
    return image_ops.in_colour(image_ops.resize(face, size_px, size_px), "grey")[:, :, 0]
