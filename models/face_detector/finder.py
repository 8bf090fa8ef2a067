"""Finding faces with a network still in training; letterbox and suppression are the unit's."""

from __future__ import annotations

import numpy as np
import torch

from appliance.inference import image_ops
from appliance.inference.face_detector import suppress
from appliance.inference.model_manifest import LetterboxSpec
from models.face_detector.augment import FILL
from models.face_detector.network import FaceYolo
from models.face_detector.pictures import Boxes, Pixels
from models.face_detector.shipped import LEAST_CONFIDENCE

SUPPRESSION_IOU = 0.45
LETTERBOX = LetterboxSpec(fill=FILL, align="centre")


def to_tensor(squares: Pixels) -> torch.Tensor:
    """[B, S, S, 3] uint8 BGR -> [B, 3, S, S] float RGB in 0..1, channels last in memory."""
    rgb = np.ascontiguousarray(squares[..., ::-1])
    return torch.from_numpy(rgb).permute(0, 3, 1, 2).float().div_(255)


class NetworkFinder:
    """Finds faces with a PyTorch network at one input size."""

    def __init__(self, network: FaceYolo, size_px: int) -> None:
        self._network = network.eval()
        self._size_px = size_px

    @torch.no_grad()
    def __call__(self, pixels: Pixels) -> Boxes:
        """As `shipped.Finder`."""
        square, placed = image_ops.letterbox(pixels, (self._size_px, self._size_px), LETTERBOX)
        boxes, logits = self._network(to_tensor(square[None]))
        confidences = logits[0].sigmoid().numpy()
        likely = confidences >= LEAST_CONFIDENCE
        corners, confidences = boxes[0].numpy()[likely], confidences[likely]
        kept = suppress(corners, confidences, SUPPRESSION_IOU)
        limits = np.array([pixels.shape[1], pixels.shape[0]] * 2, np.float32)
        corners = np.clip(placed.to_picture(corners[kept]), 0, limits)
        return np.column_stack([corners, confidences[kept]]).astype(np.float32)
