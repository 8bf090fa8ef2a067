"""An ImageNet network as teacher: its pooled features of a picture, by TensorFlow Lite.

Made for MobileNetV2 1.0 at 224 px, quantized (Sandler et al. 2018, arXiv:1801.04381). The teacher
does not ship; the student learns the 64 main directions of its features, in which a regressor
tells a picture's affect as well as in all 1,280.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.commands import TrainingDataError

SIZE_PX = 224
POOLED = "MobilenetV2/Logits/AvgPool"
FEATURES = 1280

Pictures = npt.NDArray[np.uint8]
Features = npt.NDArray[np.uint8]


class Teacher:
    """Pictures → pooled features, as the bytes that the quantized network computes."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        """Open the .tflite file; raises TrainingDataError without it or its reader."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as exc:
            raise TrainingDataError("the teacher needs ai-edge-litert: pip install it") from exc
        if not path.is_file():
            raise TrainingDataError(f"there is no {path}: name the teacher's .tflite file")
        try:
            # Otherwise the pooled features' memory is used again by later layers.
            self._network: Any = Interpreter(
                str(path), num_threads=threads, experimental_preserve_all_tensors=True
            )
            self._network.allocate_tensors()
        except (ValueError, RuntimeError) as exc:
            raise TrainingDataError(f"{path} is no TensorFlow Lite network") from exc
        self._input = self._network.get_input_details()[0]["index"]
        found = [t for t in self._network.get_tensor_details() if t["name"] == POOLED]
        if not found or found[0]["shape"].tolist() != [1, 1, 1, FEATURES]:
            raise TrainingDataError(f"{path} has no {POOLED} of {FEATURES}: another network")
        self._pooled = found[0]["index"]

    def features(self, picture: Pictures) -> Features:
        """[H, W, 3] red-green-blue, squeezed to 224×224 → [1280]."""
        small = cv2.resize(picture, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_AREA)
        self._network.set_tensor(self._input, small[None])
        self._network.invoke()
        return np.array(self._network.get_tensor(self._pooled), np.uint8).reshape(FEATURES)
