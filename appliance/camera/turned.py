"""A camera that was mounted on its side, on its head or behind a mirror, seen upright."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from appliance.domain import Frame, Image

if TYPE_CHECKING:
    from appliance.camera.camera import Camera

Turn = Literal[0, 90, 180, 270]
"""Degrees clockwise by which a picture is turned to stand upright."""

_CODES = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


def turn(image: Image, degrees: Turn) -> Image:
    """``image`` [H, W, 3] turned clockwise."""
    return image if degrees == 0 else np.asarray(cv2.rotate(image, _CODES[degrees]), np.uint8)


class TurnedCamera:
    """Any camera, each picture turned first and then mirrored left to right."""

    def __init__(self, camera: Camera, degrees: Turn, is_mirrored: bool) -> None:
        self.name = camera.name
        self._camera = camera
        self._degrees = degrees
        self._is_mirrored = is_mirrored

    def set_fps(self, fps: float) -> None:
        self._camera.set_fps(fps)

    def read(self) -> Frame:
        """The next frame, upright; raises CameraError when the camera is lost."""
        frame = self._camera.read()
        image = turn(frame.image, self._degrees)
        if self._is_mirrored:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
        return replace(frame, image=image)

    def close(self) -> None:
        self._camera.close()
