"""Signage scenes: does the detector see people who walk up, and nobody where nobody is?

Videos of the data folder (`video/*.gif`), and one portrait drawn from far to near.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import appliance
from models.face_detector.pictures import Pixels, TrainingDataError
from models.face_detector.shipped import Finder

VIDEO_SUFFIXES = (".gif", ".mkv", ".mp4")
PORTRAIT = Path(appliance.__file__).parent / "camera" / "assets" / "astronaut.jpg"
PORTRAIT_FACE = (166, 60, 257, 170)
"""Box of the face in the built-in camera's portrait, in its pixels."""


def watch(find: Finder, video: Path, threshold: float) -> dict[str, float]:
    """What the detector sees in a video at a threshold.

    frames; with_face: share of frames with a detection; faces: mean detections per frame;
    best: mean over the frames of the largest confidence.
    """
    counts, best = [], []
    for frame in frames_of(video):
        confidences = find(frame)[:, 4]
        counts.append(int((confidences >= threshold).sum()))
        best.append(float(confidences.max(initial=0.0)))
    return {
        "frames": len(counts),
        "with_face": round(float(np.mean([count > 0 for count in counts])), 3),
        "faces": round(float(np.mean(counts)), 2),
        "best": round(float(np.mean(best)), 3),
    }


def frames_of(video: Path) -> Iterator[Pixels]:
    """Decoded frames [H, W, 3], BGR. Raises TrainingDataError when there is none."""
    capture = cv2.VideoCapture(str(video))
    good, frame = capture.read()
    if not good:
        raise TrainingDataError(f"{video} has no readable frame: replace it")
    while good:
        yield np.asarray(frame, np.uint8)
        good, frame = capture.read()
    capture.release()


def approach(find: Finder, threshold: float) -> dict[int, tuple[float, int]]:
    """Confidence with which the built-in camera's portrait is found as it comes nearer.

    Returns {face height in a 640 x 480 frame: (confidence, 0 where it
    is missed; detections elsewhere at or above the threshold)}.
    """
    portrait = np.asarray(cv2.imread(str(PORTRAIT)), np.uint8)
    x1, y1, x2, y2 = PORTRAIT_FACE
    seen: dict[int, tuple[float, int]] = {}
    for height in (16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 460):
        scale = height / (y2 - y1)
        centre = np.array([(x1 + x2) / 2, (y1 + y2) / 2]) * scale
        shift = np.array([320.0, 240.0]) - centre
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        source, matrix = _shrunk(portrait, matrix, scale)
        frame = cv2.warpAffine(source, matrix, (640, 480), borderValue=(96, 104, 110))
        rows = find(np.asarray(frame, np.uint8))
        middle = (rows[:, :2] + rows[:, 2:4]) / 2
        tall = rows[:, 3] - rows[:, 1]
        near = (np.abs(middle - [320.0, 240.0]) < height / 2).all(axis=1)
        hit = near & (tall > 0.35 * height) & (tall < 2.2 * height)
        strays = int((~hit & (rows[:, 4] >= threshold)).sum())
        seen[height] = (round(float(rows[hit, 4].max(initial=0.0)), 3), strays)
    return seen


def _shrunk(
    portrait: Pixels, matrix: NDArray[np.float64], scale: float
) -> tuple[Pixels, NDArray[np.float64]]:
    """Average before shrinking, as a lens does, so that far faces are small and not jagged."""
    if scale >= 1:
        return portrait, matrix
    small = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.array([[1, 0, matrix[0, 2]], [0, 1, matrix[1, 2]]])
