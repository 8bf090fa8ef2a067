"""The seven emotions in the unit's order, and what the data sets call them."""

from __future__ import annotations

LABELS = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger")
THREE = ("happiness", "neutral", "sadness")
FER_FOLDERS = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}
