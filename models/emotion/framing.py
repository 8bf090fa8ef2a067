"""Measures how FER2013 frames a face relative to a tight detector box.

`python -m models.emotion.framing --help`. The unit cuts a square around the detector's box; for
the network to see what it was trained on, that square must lie around the face as FER2013's
pictures do. A teacher detector (YuNet, the one whose boxes our face detector learned) is run on
enlarged FER2013 pictures; the medians of side/box and of the vertical offset are the manifest's
`crop`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from models import commands
from models.emotion.dataset import walk_fer

ENLARGED_PX = 160
MARGIN_PX = 48


@dataclass(frozen=True)
class Framing:
    """Medians over the pictures in which the teacher finds one face, and their quartiles."""

    pictures: int
    found: int
    scale: float
    scale_quartiles: tuple[float, float]
    shift_y: float
    shift_y_quartiles: tuple[float, float]
    shift_x: float


def measure(fer: Path, teacher: Path, pictures: int, confidence: float = 0.7) -> Framing:
    """Run the teacher on every n-th training picture of FER2013; see Framing."""
    files = [path for path, _ in walk_fer(fer, "train")]
    side = ENLARGED_PX + 2 * MARGIN_PX
    detector = cv2.FaceDetectorYN.create(str(teacher), "", (side, side), confidence)
    rows: list[tuple[float, float, float]] = []
    chosen = files[:: max(1, len(files) // pictures)]
    for path in chosen:
        picture = cv2.imread(str(path))
        if picture is None:
            raise FileNotFoundError(f"{path} cannot be decoded: unpack the data set again")
        picture = cv2.resize(picture, (ENLARGED_PX, ENLARGED_PX), interpolation=cv2.INTER_CUBIC)
        picture = cv2.copyMakeBorder(picture, *(MARGIN_PX,) * 4, cv2.BORDER_REPLICATE)
        _, faces = detector.detect(picture)
        if faces is None or len(faces) != 1:
            continue
        x, y, width, height = faces[0][:4]
        longer = max(width, height)
        rows.append(
            (
                ENLARGED_PX / longer,
                (side / 2 - (y + height / 2)) / ENLARGED_PX,
                (side / 2 - (x + width / 2)) / ENLARGED_PX,
            )
        )
    low, middle, high = np.percentile(np.array(rows), (25, 50, 75), axis=0).round(3).tolist()
    return Framing(
        pictures=len(chosen),
        found=len(rows),
        scale=middle[0],
        scale_quartiles=(low[0], high[0]),
        shift_y=middle[1],
        shift_y_quartiles=(low[1], high[1]),
        shift_x=middle[2],
    )


def main() -> None:
    """Entry of `python -m models.emotion.framing`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--fer", type=Path, required=True, help="folder with train/ validation/")
    parser.add_argument("--teacher", type=Path, required=True, help="yunet_n_dynamic.onnx")
    parser.add_argument("--pictures", type=int, default=1500)
    given = parser.parse_args()
    print(json.dumps(asdict(measure(given.fer, given.teacher, given.pictures)), indent=1))


if __name__ == "__main__":
    sys.exit(commands.run(main))
