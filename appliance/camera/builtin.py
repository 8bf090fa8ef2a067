"""A feed for a unit without a camera: somebody walks up, stays, leaves; nobody in between."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.camera.pace import Clock, Pace
from appliance.domain import Frame, Image
from appliance.errors import CameraError

ASSETS = Path(__file__).parent / "assets"

EMPTY_S = 8.0
"""Nobody is there, first."""
WALK_S = 4.0
"""From the edge of the frame to the panel, and away again."""
STAY_S = 35.0
CYCLE_S = EMPTY_S + WALK_S + STAY_S + WALK_S

PHOTO_FACE_CENTRE = (207.0, 112.0)
PHOTO_FACE_WIDTH_PX, PHOTO_FACE_HEIGHT_PX = 81.0, 104.0
FAR_FACE_PX = 40.0
NEAR_FACE_PX = 200.0
"""Heights of the face in a frame 480 px high."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the person stands, as shares of the frame."""

    centre_x: float
    """Of the face; 0 left edge, 1 right edge."""
    face_height_px: float
    """In a frame 480 px high."""


def pose_at(elapsed_s: float) -> Pose | None:
    """Who is there ``elapsed_s`` after the feed began; None: nobody."""
    t = elapsed_s % CYCLE_S - EMPTY_S
    if t < 0:
        return None
    if t < WALK_S:
        return _walking(t / WALK_S, from_x=-0.15)
    t -= WALK_S
    if t < STAY_S:
        # A person who stands still sways a little; it fades in and out at both ends.
        strength = min(1.0, t, STAY_S - t)
        sway = 0.012 * math.sin(2 * math.pi * t / 5.0) * strength
        lean = 1.0 + 0.02 * math.sin(2 * math.pi * t / 7.0) * strength
        return Pose(0.5 + sway, NEAR_FACE_PX * lean)
    return _walking(1.0 - (t - STAY_S) / WALK_S, from_x=1.15)


def _walking(progress: float, from_x: float) -> Pose:
    # She comes in from the side, still far, and then nearer.
    x = _eased(min(1.0, progress / 0.7))
    nearness = _eased(max(0.0, (progress - 0.25) / 0.75))
    height = FAR_FACE_PX * (NEAR_FACE_PX / FAR_FACE_PX) ** nearness
    return Pose(from_x + (0.5 - from_x) * x, height)


def _eased(progress: float) -> float:
    return progress * progress * (3 - 2 * progress)


class BuiltinCamera:
    """Frames are a function of the time since the first one, the same in every run."""

    def __init__(
        self, width_px: int, height_px: int, fps: float, clock: Clock | None = None
    ) -> None:
        self.name = "built-in feed"
        self._size = (width_px, height_px)
        self._photo, self._mask = _load_cut_out()
        self._backdrop = _make_backdrop(width_px, height_px)
        self._pace = Pace(fps, clock)
        self._began_s: float | None = None
        self._sequence = 0

    def set_fps(self, fps: float) -> None:
        self._pace.set_fps(fps)

    def read(self) -> Frame:
        """The next frame, when it is due."""
        now_s = self._pace.wait()
        if self._began_s is None:
            self._began_s = now_s
        frame = Frame(self.draw(now_s - self._began_s), now_s, self._sequence)
        self._sequence += 1
        return frame

    def close(self) -> None:
        """Nothing to give back."""

    def draw(self, elapsed_s: float) -> Image:
        """The frame at ``elapsed_s``: [height, width, 3] blue-green-red."""
        width = self._size[0]
        # The light wanders slowly over the wall behind.
        shift = round(width * 0.25 * (1 + math.sin(2 * math.pi * elapsed_s / 40.0)))
        canvas = self._backdrop[:, shift : shift + width].copy()
        pose = pose_at(elapsed_s)
        if pose is not None:
            self._place(canvas, pose)
        return canvas

    def _place(self, canvas: Image, pose: Pose) -> None:
        height, width = canvas.shape[:2]
        scale = pose.face_height_px / PHOTO_FACE_HEIGHT_PX * height / 480.0
        centre_x = pose.centre_x * width
        # Her cut-out ends at the chest: it must not end above the frame's lower edge.
        below = (self._photo.shape[0] - PHOTO_FACE_CENTRE[1] - 2) * scale
        centre_y = max(0.42 * height, height - below)
        left = centre_x - PHOTO_FACE_CENTRE[0] * scale
        top = centre_y - PHOTO_FACE_CENTRE[1] * scale
        x1, y1 = max(0, math.floor(left)), max(0, math.floor(top))
        x2 = min(width, math.ceil(left + self._photo.shape[1] * scale))
        y2 = min(height, math.ceil(top + self._photo.shape[0] * scale))
        if x1 >= x2 or y1 >= y2:
            return
        matrix = np.array([[scale, 0, left - x1], [0, scale, top - y1]], np.float64)
        size = (x2 - x1, y2 - y1)
        photo, mask = _shrunk(self._photo, scale), _shrunk(self._mask, scale)
        matrix[:, :2] *= self._photo.shape[1] / photo.shape[1]
        person = cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        weight = cv2.warpAffine(mask, matrix, size)[:, :, None].astype(np.uint16)
        behind = canvas[y1:y2, x1:x2]
        canvas[y1:y2, x1:x2] = (person * weight + behind * (255 - weight) + 127) // 255


def _shrunk(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Halved while it must shrink by more than that, so that small faces do not alias."""
    while scale < 0.5:
        picture = np.asarray(cv2.pyrDown(picture), np.uint8)
        scale *= 2
    return picture


def _load_cut_out() -> tuple[Image, NDArray[np.uint8]]:
    photo = cv2.imread(str(ASSETS / "astronaut.jpg"), cv2.IMREAD_COLOR)
    mask = cv2.imread(str(ASSETS / "astronaut_mask.png"), cv2.IMREAD_GRAYSCALE)
    if photo is None or mask is None or photo.shape[:2] != mask.shape:
        raise CameraError(
            f"The built-in feed's pictures in {ASSETS} are missing or damaged: install again"
        )
    return np.asarray(photo, np.uint8), np.asarray(mask, np.uint8)


def _make_backdrop(width_px: int, height_px: int) -> Image:
    """A plain wall with one soft light, half as wide again as the frame."""
    y, x = np.mgrid[0:height_px, 0 : width_px + width_px // 2 + 1].astype(np.float32)
    light = np.exp(-(((x / width_px - 0.75) / 0.45) ** 2 + ((y / height_px - 0.3) / 0.7) ** 2))
    floor = 18 * y / height_px
    wall = np.array([118.0, 128.0, 132.0], np.float32)
    picture = wall[None, None, :] + (46 * light - floor)[:, :, None]
    return np.asarray(np.clip(picture, 0, 255), np.uint8)
