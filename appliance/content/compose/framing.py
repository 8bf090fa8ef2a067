"""Which part of a picture fills the frame, from the first moment to the last, never enlarged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.domain import Box

SIZES_PX: Final = ((1920, 1080), (1280, 720), (960, 540), (640, 360))
"""What a clip may be, upright ones turned; the panel's own first."""

ZOOM: Final = 1.2
"""How much nearer a move comes at most; over some seconds that is slow."""
MOUNT_ZOOM: Final = 1.08
LEAST_KEPT: Final = 0.5
"""Of a picture's area; if filling the frame would cut more away, it is shown whole instead."""
_AROUND_FOCUS: Final = 1.25


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture, in its pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Framing:
    """Two windows of the frame's shape: all that fits, and nearer to what matters."""

    wide: Window
    tight: Window
    is_mounted: bool
    """The whole picture stands on a backdrop made of itself; the windows are of that plate."""


def size_for(pictures_px: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Width and height of a clip of these pictures (width, height), at least one.

    As most of them stand, and the largest that at least half of those fill with their own pixels.
    """
    wide = [size for size in pictures_px if size[0] >= size[1]]
    is_wide = 2 * len(wide) >= len(pictures_px)
    of_shape = wide if is_wide else [size for size in pictures_px if size[0] < size[1]]
    sizes = SIZES_PX if is_wide else tuple((high, wide) for wide, high in SIZES_PX)
    for width_px, high_px in sizes:
        filling = sum(size[0] >= width_px and size[1] >= high_px for size in of_shape)
        if 2 * filling >= len(of_shape):
            return width_px, high_px
    return sizes[-1]


def frame_picture(picture_px: tuple[int, int], focus: Box, out_px: tuple[int, int]) -> Framing:
    """How a picture (width, height) with something that matters in it fills a frame."""
    width, height = picture_px
    share = min(width / out_px[0], height / out_px[1])
    wide = share * out_px[0], share * out_px[1]
    is_cut = wide[0] * wide[1] < LEAST_KEPT * width * height
    # Faces are not cut for the sake of a full frame.
    is_wider_than_frame = focus.width_px > wide[0] or focus.height_px > wide[1]
    if share < 1.0 or is_cut or is_wider_than_frame:
        return _mounted(picture_px, focus, out_px)
    needed = max(focus.width_px / out_px[0], focus.height_px / out_px[1]) * _AROUND_FOCUS
    nearer = min(share, max(1.0, share / ZOOM, needed))
    tight = nearer * out_px[0], nearer * out_px[1]
    return Framing(
        _around(focus, wide, (width, height)), _around(focus, tight, (width, height)), False
    )


def _mounted(picture_px: tuple[int, int], focus: Box, out_px: tuple[int, int]) -> Framing:
    # Even sides, as the encoder wants them.
    plate = 2 * round(out_px[0] * MOUNT_ZOOM / 2), 2 * round(out_px[1] * MOUNT_ZOOM / 2)
    left, top, width, _ = mount_place(picture_px, plate)
    share = width / picture_px[0]
    on_plate = Box(
        left + focus.x1 * share,
        top + focus.y1 * share,
        left + focus.x2 * share,
        top + focus.y2 * share,
    )
    tight = float(out_px[0]), float(out_px[1])
    return Framing(Window(0.0, 0.0, *plate), _around(on_plate, tight, plate), True)


def mount_place(
    picture_px: tuple[int, int], plate_px: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Left, top, width and height of a picture on its plate: whole, in the middle, not enlarged."""
    share = min(1.0, plate_px[0] / picture_px[0], plate_px[1] / picture_px[1])
    width, height = picture_px[0] * share, picture_px[1] * share
    return (plate_px[0] - width) / 2, (plate_px[1] - height) / 2, width, height


def _around(focus: Box, size: tuple[float, float], within: tuple[float, float]) -> Window:
    """A window of this size with the focus as near its middle as the picture's edges allow."""
    x, y = focus.centre
    left = min(max(0.0, x - size[0] / 2), within[0] - size[0])
    top = min(max(0.0, y - size[1] / 2), within[1] - size[1])
    return Window(left, top, *size)
