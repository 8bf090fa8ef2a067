"""The mood of pictures: where on the circumplex one lies, and how probable each mood is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from appliance.domain import Image, PictureMood
from appliance.errors import ModelError
from appliance.inference import image_ops, mood_sectors
from appliance.inference.model_manifest import PictureMoodManifest
from appliance.inference.onnx_model import OnnxModel

MAX_BATCH = 16
"""Pictures per run: bounds the memory that a film's frames take."""


class MoodClassifier:
    """Tells what pictures do to those who see them; keeps none."""

    def __init__(self, model: OnnxModel) -> None:
        if not isinstance(model.manifest, PictureMoodManifest):
            raise ModelError(
                f"Network {model.path} is for {model.manifest.task}, not for picture-mood:"
                " name a network that tells pictures' moods"
            )
        self.manifest: PictureMoodManifest = model.manifest
        self._model = model
        self._batch = min(model.batch or MAX_BATCH, MAX_BATCH)
        height, width = self.manifest.input.size_px
        self.classify([np.zeros((height, width, 3), np.uint8)])

    @classmethod
    def open(cls, path: Path | str, threads: int = 2) -> Self:
        """Open and try out the network at ``path``; raises ModelError."""
        return cls(OnnxModel(path, threads))

    @property
    def name(self) -> str:
        return f"{self.manifest.name} {self.manifest.version}"

    def classify(self, pictures: Sequence[Image]) -> tuple[PictureMood, ...]:
        """Moods of pictures [H, W, 3] of any size, in their order.

        Raises ModelError when the network fails or answers with anything but two numbers.
        """
        told: list[PictureMood] = []
        for start in range(0, len(pictures), self._batch):
            tensor = image_ops.to_tensor(pictures[start : start + self._batch], self.manifest.input)
            points = self._model.run(tensor)[0]
            if points.shape != (len(tensor), 2) or not np.isfinite(points).all():
                raise ModelError(
                    f"Network {self._model.path} answers with shape {points.shape} for"
                    f" {len(tensor)} pictures, finite numbers of shape ({len(tensor)}, 2) expected:"
                    " name a network of valence and arousal"
                )
            told.extend(self._interpret(points.astype(np.float64)))
        return tuple(told)

    def _interpret(self, points: mood_sectors.Floats) -> list[PictureMood]:
        scale = self.manifest.scale
        shared = scale.error_correlation * scale.error_valence * scale.error_arousal
        covariance = np.array(
            [[scale.error_valence**2, shared], [shared, scale.error_arousal**2]], np.float64
        )
        shares = mood_sectors.probabilities(points, covariance)
        affect = np.clip(points / scale.full_scale, -1.0, 1.0)
        return [
            PictureMood(tuple(float(p) for p in row), float(valence), float(arousal))
            for row, (valence, arousal) in zip(shares, affect, strict=True)
        ]
