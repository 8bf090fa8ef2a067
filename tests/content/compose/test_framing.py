"""Moves stay inside the picture, have the frame's shape, and never enlarge a pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.content.compose.framing import SIZES_PX, frame_picture, size_for
from appliance.content.compose.plate import make_plate
from appliance.content.compose.saliency import salient_box
from appliance.domain import Box

sides = st.integers(16, 6000)
shares = st.floats(0, 1)


@given(sides, sides, shares, shares, shares, st.sampled_from(SIZES_PX))
def test_windows_are_of_the_picture_and_no_smaller_than_the_frame(
    width: int, height: int, x: float, y: float, size: float, out_px: tuple[int, int]
) -> None:
    half_x, half_y = size * width / 2, size * height / 2
    centre_x = half_x + x * (width - 2 * half_x)
    centre_y = half_y + y * (height - 2 * half_y)
    focus = Box(centre_x - half_x, centre_y - half_y, centre_x + half_x, centre_y + half_y)
    framing = frame_picture((width, height), focus, out_px)
    limits = (framing.wide.right, framing.wide.bottom) if framing.is_mounted else (width, height)
    for window in (framing.wide, framing.tight):
        assert window.left > -1e-6
        assert window.top > -1e-6
        assert window.right < limits[0] + 1e-6
        assert window.bottom < limits[1] + 1e-6
        assert window.width >= out_px[0] - 1e-6
        assert window.height >= out_px[1] - 1e-6
        assert window.width / window.height == pytest.approx(out_px[0] / out_px[1], abs=0.01)
    if not framing.is_mounted:
        assert framing.tight.left <= focus.x1 + 1e-3
        assert framing.tight.right >= focus.x2 - 1e-3
        assert framing.tight.bottom >= focus.y2 - 1e-3


def test_a_move_goes_to_what_matters() -> None:
    framing = frame_picture((4000, 3000), Box(3000, 200, 3400, 600), (1920, 1080))
    assert framing.tight.width < framing.wide.width
    assert framing.tight.right == 4000
    assert framing.tight.top == 0


def test_an_upright_picture_and_a_face_too_large_to_be_cut_are_shown_whole() -> None:
    assert frame_picture((3000, 4000), Box(0, 0, 10, 10), (1920, 1080)).is_mounted
    assert frame_picture((4000, 3000), Box(500, 0, 3000, 3000), (1920, 1080)).is_mounted
    assert not frame_picture((4000, 3000), Box(500, 0, 3000, 2000), (1920, 1080)).is_mounted


@pytest.mark.parametrize(
    ("pictures", "size"),
    [
        ([(4000, 3000)] * 3, (1920, 1080)),
        ([(3000, 4000), (3000, 4000), (4000, 3000)], (1080, 1920)),
        ([(4000, 3000), (1300, 800), (640, 480)], (1280, 720)),
        ([(300, 200)], (640, 360)),
    ],
)
def test_the_clip_is_as_large_as_half_of_its_pictures_fill(
    pictures: list[tuple[int, int]], size: tuple[int, int]
) -> None:
    assert size_for(pictures) == size


def test_a_small_picture_keeps_its_own_pixels_on_a_backdrop() -> None:
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 255, (100, 200, 3), np.uint8)
    framing = frame_picture((200, 100), Box(50, 20, 90, 60), (640, 360))
    plate = make_plate(picture, framing, (640, 360))
    high, wide = plate.picture.shape[:2]
    left, top = round((wide - 200) / 2), round((high - 100) / 2)
    assert (plate.picture[top : top + 100, left : left + 200] == picture).all()
    # The rest is a blur: nothing sharp in it.
    assert np.abs(np.diff(plate.picture[: top - 2].astype(int), axis=1)).max() < 8


def test_a_large_picture_is_made_small_before_it_is_moved() -> None:
    picture = np.zeros((3000, 4000, 3), np.uint8)
    plate = make_plate(
        picture, frame_picture((4000, 3000), Box(1000, 900, 1500, 1400), (640, 360)), (640, 360)
    )
    assert 640 <= plate.tight.width * plate.picture.shape[1] < 800


def test_what_stands_out_is_found() -> None:
    rng = np.random.default_rng(2)
    picture = rng.integers(118, 122, (300, 400, 3), np.uint8)
    picture[180:230, 260:320] = (0, 0, 255)
    x, y = salient_box(picture).centre
    assert (x, y) == (pytest.approx(290, abs=40), pytest.approx(205, abs=35))
    assert salient_box(np.zeros((50, 60, 3), np.uint8)).area_px > 0
