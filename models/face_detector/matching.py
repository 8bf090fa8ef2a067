"""Which detections found a face: the project's matching rule, and what follows from it.

Rule (DESIGN section 5): a detection matches a true box when its centre lies in the box and its
height is 0.35 to 2.2 times the box's; one detection per box. Faces shorter than 24 px, the
picture's long side scaled to 640, count neither way: what matches them is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.inference.model_trial import HEIGHT_RATIO
from models.face_detector.pictures import Boxes

REFERENCE_SIDE_PX = 640
LEAST_HEIGHT_PX = 24.0
FALSE_ALARMS_PER_PICTURE = 0.2
"""Of the shipped operating point: a margin to the 0.3 allowed, for places unlike the pictures."""


@dataclass(frozen=True)
class PictureMatch:
    """One picture's outcome.

    confidence [k]: of the detections that count, most confident first; found [k]: the index of
    the face each one found, or -1 for a false alarm; height_px [n]: the counted faces' heights at
    long side 640.
    """

    confidence: NDArray[np.float32]
    found: NDArray[np.int64]
    height_px: NDArray[np.float32]


def match(detections: Boxes, faces: Boxes, ignored: Boxes, long_side_px: int) -> PictureMatch:
    """Match one picture's detections.

    detections [d, 5] (box and confidence), faces [n, 4] and ignored [m, 4], all in pixels of the
    picture, whose longer side is `long_side_px`.
    """
    heights = (faces[:, 3] - faces[:, 1]) * (REFERENCE_SIDE_PX / long_side_px)
    counted = heights > LEAST_HEIGHT_PX
    true, doubtful = faces[counted], np.concatenate([faces[~counted], ignored])
    order = np.argsort(-detections[:, 4], kind="stable")
    fits, overlaps = _fits(detections[order], true)
    excused = np.asarray(_fits(detections[order], doubtful)[0].any(axis=1))
    free = np.ones(len(true), bool)
    confidence, found = [], []
    for row, detection in enumerate(detections[order]):
        candidates = np.flatnonzero(fits[row] & free)
        if len(candidates):
            face = int(candidates[np.argmax(overlaps[row, candidates])])
            free[face] = False
        elif excused[row]:
            continue
        else:
            face = -1
        confidence.append(detection[4])
        found.append(face)
    return PictureMatch(
        np.array(confidence, np.float32), np.array(found, np.int64), heights[counted]
    )


def _fits(detections: Boxes, boxes: Boxes) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Whether each detection may stand for each box, and how far they overlap: [d, n] each."""
    centre = (detections[:, None, :2] + detections[:, None, 2:4]) / 2
    inside = ((centre >= boxes[None, :, :2]) & (centre <= boxes[None, :, 2:])).all(axis=-1)
    heights = np.maximum(boxes[None, :, 3] - boxes[None, :, 1], 1e-6)
    ratio = (detections[:, None, 3] - detections[:, None, 1]) / heights
    low = np.maximum(detections[:, None, :2], boxes[None, :, :2])
    high = np.minimum(detections[:, None, 2:4], boxes[None, :, 2:])
    shared = np.maximum(high - low, 0).prod(axis=-1)
    sizes = (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1)
    own = (detections[:, 2:4] - detections[:, :2]).prod(axis=-1)
    overlaps = shared / np.maximum(own[:, None] + sizes[None] - shared, 1e-6)
    lowest, highest = HEIGHT_RATIO
    return inside & (ratio >= lowest) & (ratio <= highest), overlaps


@dataclass(frozen=True)
class Curve:
    """Recall against false alarms as the threshold falls, over a set of pictures.

    threshold, recall, false_alarms [k]: at each detection's confidence, falling; false_alarms is
    per picture.
    """

    threshold: NDArray[np.float32]
    recall: NDArray[np.float64]
    false_alarms: NDArray[np.float64]
    faces: int
    pictures: int

    def at(self, false_alarms: float) -> tuple[float, float]:
        """(threshold, recall) at the lowest threshold with at most so many false alarms."""
        allowed = np.flatnonzero(self.false_alarms <= false_alarms)
        if len(allowed) == 0:
            return 1.0, 0.0
        return float(self.threshold[allowed[-1]]), float(self.recall[allowed[-1]])

    def at_threshold(self, threshold: float) -> tuple[float, float]:
        """(recall, false alarms per picture) with every detection >= threshold."""
        kept = int((self.threshold >= threshold).sum())
        if kept == 0:
            return 0.0, 0.0
        return float(self.recall[kept - 1]), float(self.false_alarms[kept - 1])


def curve(matches: Sequence[PictureMatch]) -> Curve:
    """Fold many pictures' matches into one curve."""
    faces = sum(len(m.height_px) for m in matches)
    confidence = np.concatenate([np.zeros(0, np.float32), *(m.confidence for m in matches)])
    hit = np.concatenate([np.zeros(0, bool), *(m.found >= 0 for m in matches)])
    order = np.argsort(-confidence, kind="stable")
    return Curve(
        confidence[order],
        np.cumsum(hit[order]) / max(faces, 1),
        np.cumsum(~hit[order]) / max(len(matches), 1),
        faces,
        len(matches),
    )
