"""Finding faces with a network that ships, exactly as the unit does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from appliance.inference.face_detector import FaceDetector
from models.face_detector.pictures import Boxes, Pixels

LEAST_CONFIDENCE = 0.02

Finder = Callable[[Pixels], Boxes]
"""BGR picture [H, W, 3] -> [n, 5]: boxes in its pixels and confidences, most confident first."""


class ShippedFinder:
    """Finds faces with an ONNX file and its manifest."""

    def __init__(
        self, path: Path, threads: int = 1, least_confidence: float = LEAST_CONFIDENCE
    ) -> None:
        """Raises ModelError when the network or its manifest is missing or damaged."""
        self.detector = FaceDetector.open(path, threads, least_confidence)

    def __call__(self, pixels: Pixels) -> Boxes:
        """As `Finder`."""
        rows = [
            [found.box.x1, found.box.y1, found.box.x2, found.box.y2, found.confidence]
            for found in self.detector.detect(pixels)
        ]
        return np.array(rows, np.float32).reshape(-1, 5)
