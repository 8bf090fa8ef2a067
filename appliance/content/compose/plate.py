"""A photograph made ready for its slow move: as few pixels as it takes, and never more of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from appliance.content.compose.framing import Framing, Window, mount_place
from appliance.domain import Image

_SPARE: Final = 1.1
"""More pixels than the frame has, where the picture has them: the move stays sharp."""
BACKDROP_PX: Final = 48
BACKDROP_SIGMA: Final = 3.0
BACKDROP_LIGHT: Final = 0.55


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture, even sides, and the windows of it to show, as shares of its sides (0..1)."""

    picture: Image
    wide: Window
    tight: Window


def make_plate(picture: Image, framing: Framing, out_px: tuple[int, int]) -> Plate:
    """Cut and scale down a photograph [H, W, 3] for a frame of ``out_px`` (width, height)."""
    if framing.is_mounted:
        size_px = round(framing.wide.width), round(framing.wide.height)
        return Plate(_mounted(picture, size_px), *_shares(framing))
    left, top = int(framing.wide.left), int(framing.wide.top)
    right, bottom = round(framing.wide.right), round(framing.wide.bottom)
    share = min(1.0, _SPARE * out_px[0] / framing.tight.width)
    width_px = max(out_px[0], 2 * round(framing.wide.width * share / 2))
    height_px = max(out_px[1], 2 * round(framing.wide.height * share / 2))
    part = _resized(picture[top:bottom, left:right], (width_px, height_px))
    return Plate(part, *_shares(framing))


def _shares(framing: Framing) -> tuple[Window, Window]:
    """Both windows as shares of the wide one, which the plate holds."""
    wide, tight = framing.wide, framing.tight
    return Window(0.0, 0.0, 1.0, 1.0), Window(
        (tight.left - wide.left) / wide.width,
        (tight.top - wide.top) / wide.height,
        tight.width / wide.width,
        tight.height / wide.height,
    )


def _mounted(picture: Image, plate_px: tuple[int, int]) -> Image:
    left, top, width, height = mount_place((picture.shape[1], picture.shape[0]), plate_px)
    plate = _backdrop(picture, plate_px)
    x, y = round(left), round(top)
    part = _resized(picture, (max(1, round(width)), max(1, round(height))))
    part = part[: plate_px[1] - y, : plate_px[0] - x]
    plate[y : y + part.shape[0], x : x + part.shape[1]] = part
    return plate


def _backdrop(picture: Image, plate_px: tuple[int, int]) -> Image:
    """The picture as a dim blur without anything in it to be sharp."""
    high_px = max(2, round(BACKDROP_PX * plate_px[1] / plate_px[0]))
    height, width = picture.shape[:2]
    share = min(width / plate_px[0], height / plate_px[1])
    cut = max(1, round(plate_px[0] * share)), max(1, round(plate_px[1] * share))
    left, top = (width - cut[0]) // 2, (height - cut[1]) // 2
    middle = picture[top : top + cut[1], left : left + cut[0]]
    small = cv2.resize(middle, (BACKDROP_PX, high_px), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small.astype(np.float32), (0, 0), BACKDROP_SIGMA)
    large = cv2.resize(blurred, plate_px, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large * BACKDROP_LIGHT, 0, 255), np.uint8)


def _resized(picture: Image, size_px: tuple[int, int]) -> Image:
    if (picture.shape[1], picture.shape[0]) == size_px:
        return picture
    return np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA), np.uint8)
