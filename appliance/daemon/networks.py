"""Which networks the settings mean: the shipped ones, or the operator's own."""

from __future__ import annotations

from pathlib import Path

from appliance.config.settings import ModelSettings
from appliance.inference import shipped_models_dir
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector

EMOTION_FILE = "emotion_resnet50_mish_int8.onnx"


def detector_path(models: ModelSettings) -> Path:
    if models.detector:
        return Path(models.detector)
    return shipped_models_dir() / f"face_yolo_{models.detector_size_px}.onnx"


def emotion_path(models: ModelSettings) -> Path:
    return Path(models.emotion) if models.emotion else shipped_models_dir() / EMOTION_FILE


def open_detector(models: ModelSettings) -> FaceDetector:
    """Raises ModelError when the file or its manifest is missing or damaged."""
    return FaceDetector.open(
        detector_path(models), threads=models.threads, confidence_threshold=models.face_confidence
    )


def open_classifier(models: ModelSettings) -> EmotionClassifier:
    """Raises ModelError when the file or its manifest is missing or damaged."""
    return EmotionClassifier.open(
        emotion_path(models), threads=models.threads, abstain_below=models.abstain_below
    )
