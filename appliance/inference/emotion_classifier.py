"""The expression of faces: seven probabilities, what they mean, and when to abstain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from appliance.domain import EMOTIONS, Box, EmotionScores, Expression, Image
from appliance.errors import ModelError
from appliance.inference import image_ops
from appliance.inference.model_manifest import EmotionManifest
from appliance.inference.onnx_model import OnnxModel

Tensor = NDArray[np.float32]

MAX_BATCH = 32
"""Faces per run: bounds the memory a crowd or a folder of pictures takes."""


class EmotionClassifier:
    """Estimates expressions; keeps no picture."""

    def __init__(self, model: OnnxModel, abstain_below: float | None = None) -> None:
        """``abstain_below``: 0..1; None: what the manifest says."""
        if not isinstance(model.manifest, EmotionManifest):
            raise ModelError(
                f"Network {model.path} is for {model.manifest.task}, not for emotion:"
                " name an emotion network"
            )
        self.manifest: EmotionManifest = model.manifest
        self.abstain_below = self.manifest.abstain_below if abstain_below is None else abstain_below
        self.expression_emotions: dict[Expression, tuple[int, ...]] = {
            Expression[name.upper()]: tuple(EMOTIONS.index(emotion) for emotion in emotions)
            for name, emotions in self.manifest.expressions.items()
        }
        """Which emotions (index into ``EMOTIONS``) add up to which expression."""
        self._model = model
        self._batch = min(model.batch or MAX_BATCH, MAX_BATCH)
        self._check_output()

    @classmethod
    def open(cls, path: Path | str, threads: int = 2, abstain_below: float | None = None) -> Self:
        """Open and try out the network at ``path``; raises ModelError."""
        return cls(OnnxModel(path, threads), abstain_below)

    @property
    def name(self) -> str:
        return f"{self.manifest.name} {self.manifest.version}"

    def classify(self, bgr: Image, boxes: Sequence[Box]) -> tuple[EmotionScores, ...]:
        """Scores of the faces at ``boxes`` (pixels) of a picture [H, W, 3], in their order."""
        crop = self.manifest.crop
        return self.classify_cropped([image_ops.crop_square(bgr, box, crop) for box in boxes])

    def classify_cropped(self, pictures: Sequence[image_ops.Picture]) -> tuple[EmotionScores, ...]:
        """Scores of pictures that are one face each (any size, colour or grey), in their order."""
        scores: list[EmotionScores] = []
        for start in range(0, len(pictures), self._batch):
            tensor = image_ops.to_tensor(pictures[start : start + self._batch], self.manifest.input)
            probabilities = softmax(self._model.run(tensor)[0] / self.manifest.temperature)
            scores.extend(self.interpret(row) for row in probabilities)
        return tuple(scores)

    def interpret(self, probabilities: Tensor) -> EmotionScores:
        """Seven probabilities -> scores: the manifest's expressions, affect and abstention."""
        values = tuple(float(p) for p in probabilities)
        confidence = max(values)
        expression = None
        if confidence >= self.abstain_below:
            expression = max(
                self.expression_emotions,
                key=lambda e: sum(values[index] for index in self.expression_emotions[e]),
            )
        affect = self.manifest.affect
        by_name = dict(zip(EMOTIONS, values, strict=True))
        return EmotionScores(
            probabilities=values,
            valence=sum(p * affect.valence[name] for name, p in by_name.items()),
            arousal=sum(p * affect.arousal[name] for name, p in by_name.items()),
            expression=expression,
            confidence=confidence,
        )

    def _check_output(self) -> None:
        spec = self.manifest.input
        shape = self._model.run(np.zeros((1, spec.channels, *spec.size_px), np.float32))[0].shape
        if shape != (1, len(EMOTIONS)):
            raise ModelError(
                f"Network {self._model.path} answers with shape {shape} for one face,"
                f" (1, {len(EMOTIONS)}) expected: name an emotion network over the seven emotions"
            )


def softmax(logits: Tensor) -> Tensor:
    """[N, K] -> probabilities [N, K] in float64 precision, so that rows sum to 1."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    weights = np.exp(shifted)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
