"""Faces drawn for tests: a head whose mouth and eyes tell the class, no two alike."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIDE_PX = 64
CURVES = {"happiness": 14, "neutral": 0, "sadness": -14}


def draw_face(label: str, seed: int, side_px: int = SIDE_PX) -> np.ndarray:
    """[side, side, 3] uint8: a mouth bent up, straight or down; light and place vary."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIDE_PX, SIDE_PX, 3), int(rng.integers(30, 90)), np.uint8)
    x, y = (int(v) for v in rng.integers(29, 36, 2))
    cv2.circle(picture, (x, y), 24, (200, 200, 200), -1)
    for eye in (x - 9, x + 9):
        cv2.circle(picture, (eye, y - 8), 3, (20, 20, 20), -1)
    curve = CURVES[label]
    mouth = np.array([(x + d, round(y + 12 - curve * (d / 12) ** 2 / 2)) for d in range(-12, 13)])
    cv2.polylines(picture, [mouth], False, (20, 20, 20), 3)
    noise = rng.integers(0, 12, picture.shape, np.uint8)
    return cv2.resize(picture + noise, (side_px, side_px))


def write_faces(root: Path, numbers: dict[str, int], people: int = 0, folders=None) -> None:
    """`numbers` of pictures per class; `people` > 0 names them NAME_NUMBER, that many names."""
    for place, (label, number) in enumerate(numbers.items()):
        folder = root / (folders or {}).get(label, label)
        folder.mkdir(parents=True, exist_ok=True)
        for count in range(number):
            name = f"Kim{count % people}_{count:04}" if people else f"{label}-{count}"
            seed = 1000 * place + count
            assert cv2.imwrite(str(folder / f"{name}.png"), draw_face(label, seed))
