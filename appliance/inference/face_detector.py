"""Faces in a picture, by whichever YOLO network the manifest describes."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain import Box, Detection, Image
from appliance.errors import ModelError
from appliance.inference import image_ops, yolo_heads
from appliance.inference.model_manifest import FaceManifest
from appliance.inference.onnx_model import OnnxModel

Tensor = NDArray[np.float32]

MAX_CANDIDATES = 1000
"""The best so many enter non-maximum suppression; a picture holds far fewer faces."""


class FaceDetector:
    """Finds faces; keeps no picture."""

    def __init__(self, model: OnnxModel, confidence_threshold: float | None = None) -> None:
        """``confidence_threshold``: 0..1; None: the manifest's operating point."""
        if not isinstance(model.manifest, FaceManifest):
            raise ModelError(
                f"Network {model.path} is for {model.manifest.task}, not for face-detection:"
                " name a face network"
            )
        self.manifest: FaceManifest = model.manifest
        self.confidence_threshold = (
            self.manifest.confidence_threshold
            if confidence_threshold is None
            else confidence_threshold
        )
        self._model = model
        self._output_indices = self._find_outputs()
        height, width = self.manifest.input.size_px
        self.detect(np.zeros((height, width, 3), np.uint8))

    @classmethod
    def open(
        cls, path: Path | str, threads: int = 2, confidence_threshold: float | None = None
    ) -> Self:
        """Open and try out the network at ``path``; raises ModelError."""
        return cls(OnnxModel(path, threads), confidence_threshold)

    @property
    def name(self) -> str:
        return f"{self.manifest.name} {self.manifest.version}"

    def detect(self, bgr: Image) -> tuple[Detection, ...]:
        """Faces in a picture [H, W, 3], most confident first; boxes in its pixels, clipped to it.

        Raises ModelError when the network fails or answers in another shape than its manifest's.
        """
        spec = self.manifest.input
        canvas, placed = image_ops.letterbox(bgr, spec.size_px, self.manifest.letterbox)
        outputs = self._model.run(image_ops.to_tensor([canvas], spec))
        if not all(np.isfinite(outputs[index]).all() for index in self._output_indices):
            # No box would come of it: nobody would ever be seen, and nothing be said.
            raise ModelError(f"Network {self._model.path} answers with no numbers: export it again")
        try:
            boxes, confidences = yolo_heads.decode(
                self.manifest.head,
                [outputs[index] for index in self._output_indices],
                self.confidence_threshold,
            )
        except yolo_heads.HeadMismatchError as exc:
            raise ModelError(
                f"Network {self._model.path} does not answer like the head"
                f" {self.manifest.head.kind} of its manifest ({exc}): correct head"
            ) from exc
        kept = suppress(boxes, confidences, self.manifest.nms_iou)
        limits = np.array([bgr.shape[1], bgr.shape[0]] * 2, np.float32)
        corners = np.clip(placed.to_picture(boxes[kept]), 0, limits)
        return tuple(
            Detection(Box(*(float(value) for value in corner)), float(confidence))
            for corner, confidence in zip(corners, confidences[kept], strict=True)
            if corner[2] > corner[0] and corner[3] > corner[1]
        )

    def _find_outputs(self) -> tuple[int, ...]:
        names = self._model.output_names
        wanted = self.manifest.head.outputs or names
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ModelError(
                f"Network {self._model.path} has no output {', '.join(missing)} (it has"
                f" {', '.join(names)}): correct head.outputs in its manifest"
            )
        return tuple(names.index(name) for name in wanted)


def suppress(boxes: Tensor, confidences: Tensor, iou: float) -> NDArray[np.intp]:
    """Non-maximum suppression: indices of the boxes ``xyxy`` to keep, most confident first."""
    best = np.argsort(-confidences, kind="stable")[:MAX_CANDIDATES]
    if len(best) == 0:
        return best
    chosen = boxes[best]
    sizes = np.concatenate([chosen[:, :2], chosen[:, 2:] - chosen[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(sizes.tolist(), confidences[best].tolist(), 0.0, iou)
    return best[np.asarray(kept, np.intp).reshape(-1)]
