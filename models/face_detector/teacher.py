"""The teacher: labels pictures that nobody labelled, once, and remembers what it said.

YuNet (Wu et al. 2023, libfacedetection) as OpenCV reads it. What it is sure of becomes a face,
what it half believes becomes a region where nothing is learned.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from tqdm import tqdm

from models.face_detector.pictures import (
    Boxes,
    LabelledPicture,
    Pixels,
    TrainingDataError,
    load_unlabelled,
)

SURE, DOUBTFUL, LEAST = 0.7, 0.4, 0.25


class Teacher:
    """Finds faces by YuNet. Raises TrainingDataError when its file is missing."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise TrainingDataError(f"the teacher {path} is missing: name it by --teacher")
        self._detector = cv2.FaceDetectorYN.create(str(path), "", (320, 320), LEAST, 0.4, 500)

    def detect(self, pixels: Pixels, enlarge: float = 1.0) -> Boxes:
        """Faces in a BGR picture [H, W, 3]: [n, 5], box in its pixels and confidence."""
        if enlarge != 1.0:
            pixels = np.asarray(cv2.resize(pixels, None, fx=enlarge, fy=enlarge), np.uint8)
        self._detector.setInputSize((pixels.shape[1], pixels.shape[0]))
        # OpenCV answers None where it finds nothing, whatever its type stubs say.
        found = cast("Boxes | None", self._detector.detect(pixels)[1])
        if found is None:
            return np.zeros((0, 5), np.float32)
        corners = np.hstack([found[:, :2], found[:, :2] + found[:, 2:4]]) / enlarge
        return np.hstack([corners, found[:, -1:]]).astype(np.float32)


def load_taught(
    data: Path, name: str, teacher: Path, cache: Path, enlarge: float = 1.0
) -> list[LabelledPicture]:
    """The pictures of the set `name`, labelled by the teacher; its answers are kept in `cache`."""
    pictures = load_unlabelled(data, name)
    answers = cache / f"{name}-taught.json"
    if not answers.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        _label(pictures, Teacher(teacher), answers, enlarge)
    taught: dict[str, list[list[float]]] = json.loads(answers.read_text())
    labelled = []
    for path, pixels in pictures:
        if path not in taught:
            raise TrainingDataError(f"{answers} does not know {path}: delete it to label anew")
        rows = np.array(taught[path], np.float32).reshape(-1, 5)
        sure, doubtful = rows[:, 4] >= SURE, (rows[:, 4] >= DOUBTFUL) & (rows[:, 4] < SURE)
        labelled.append(LabelledPicture(path, pixels, rows[sure, :4], rows[doubtful, :4]))
    return labelled


def _label(
    pictures: Sequence[tuple[str, Pixels]], teacher: Teacher, answers: Path, enlarge: float
) -> None:
    taught = {
        path: np.round(teacher.detect(pixels, enlarge), 2).tolist()
        for path, pixels in tqdm(pictures, desc=f"teacher labels {answers.stem}")
    }
    part = answers.with_suffix(".part")
    part.write_text(json.dumps(taught))
    part.replace(answers)
