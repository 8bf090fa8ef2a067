"""What a clip can show, a photograph or a shot of a video, as far as planning knows it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from appliance.content.compose.saliency import salient_box
from appliance.content.compose.span import Span
from appliance.content.picture_mood import mood_of
from appliance.domain import Box, Image, PictureMood
from appliance.inference.face_detector import FaceDetector
from appliance.inference.mood_classifier import MoodClassifier

_LOOKED_AT_PX: Final = 1280
"""Longest side of what is looked at; more pixels tell neither faces nor moods."""
_LEAST_FACE: Final = 0.08
"""Height of a face, of the picture's shorter side, under which it is only somebody far away."""


@dataclass(frozen=True, slots=True)
class View:
    """What was seen of it; the pixels are read again when they are needed."""

    path: Path
    width_px: int
    """As shown, turned upright."""
    height_px: int
    mood: PictureMood
    focus: Box
    """What matters, in pixels: faces, else what stands out."""
    look: int
    """64 bits of the picture's rough shape: views taken twice differ in few of them."""
    tones: tuple[int, ...]
    """Mean colours (0..255) of its quarters."""
    sharpness: float
    """Variance of the Laplacian; larger is sharper. Compares views that look alike only."""
    shot: Span | None = None
    """A stretch of a video without a cut; None: a photograph, which can be shown for any time."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """The networks that look at pictures."""

    classifier: MoodClassifier
    detector: FaceDetector

    def view(self, picture: Image, path: Path) -> View:
        """Raises PictureError for a picture too narrow to be shown, ModelError."""
        mood = mood_of(picture, str(path), self.classifier)
        small, share = _looked_at(picture)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        height_px, width_px = picture.shape[:2]
        return View(
            path=path,
            width_px=width_px,
            height_px=height_px,
            mood=mood,
            focus=_scaled(self._focus(small), 1.0 / share),
            look=_look(grey),
            tones=_tones(small),
            sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        )

    def _focus(self, picture: Image) -> Box:
        least_px = _LEAST_FACE * min(picture.shape[:2])
        faces = [found.box for found in self.detector.detect(picture)]
        faces = [face for face in faces if face.height_px >= least_px]
        if not faces:
            return salient_box(picture)
        return Box(
            min(face.x1 for face in faces),
            min(face.y1 for face in faces),
            max(face.x2 for face in faces),
            max(face.y2 for face in faces),
        )


def _looked_at(picture: Image) -> tuple[Image, float]:
    share = min(1.0, _LOOKED_AT_PX / max(picture.shape[:2]))
    if share == 1.0:
        return picture, 1.0
    height_px, width_px = (max(1, round(side * share)) for side in picture.shape[:2])
    small = cv2.resize(picture, (width_px, height_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), share


def _scaled(box: Box, by: float) -> Box:
    return Box(box.x1 * by, box.y1 * by, box.x2 * by, box.y2 * by)


def _look(grey: np.ndarray) -> int:
    """Whether each of 8x8 places is darker than its right neighbour (difference hash)."""
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, :-1] < small[:, 1:]).ravel()
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _tones(picture: Image) -> tuple[int, ...]:
    quarters = cv2.resize(picture, (2, 2), interpolation=cv2.INTER_AREA)
    return tuple(int(tone) for tone in np.asarray(quarters).ravel())
