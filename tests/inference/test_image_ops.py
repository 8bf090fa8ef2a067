"""image_ops.py: pictures keep their shape and place on the way into a network."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import Box
from appliance.inference import image_ops
from appliance.inference.model_manifest import CropSpec, InputSpec, LetterboxSpec


def spec(**changes: object) -> InputSpec:
    values = {
        "name": "x",
        "size_px": (4, 4),
        "channels": 3,
        "colour": "bgr",
        "scale": 1.0,
    } | changes
    return InputSpec.model_validate(values)


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["centre", "top-left"]))
def test_letterboxed_points_find_their_way_back(height: int, width: int, align: str) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    canvas, placed = image_ops.letterbox(
        image, (96, 64), LetterboxSpec.model_validate({"fill": 114, "align": align})
    )
    ys, xs = np.nonzero((canvas == 0).all(axis=2))
    corners = np.array([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], np.float32)

    back = placed.to_picture(corners)[0]

    assert canvas.shape == (96, 64, 3)
    # Within the half pixel that rounding to whole pixels costs, in pixels of the picture.
    slack = 1.01 / placed.scale
    assert back == pytest.approx([0, 0, width, height], abs=slack)


def test_letterbox_fills_the_rest() -> None:
    image = np.full((10, 20, 3), 200, np.uint8)

    canvas, _ = image_ops.letterbox(image, (20, 20), LetterboxSpec(fill=7, align="centre"))

    assert (canvas[:5] == 7).all()
    assert (canvas[5:15] == 200).all()
    assert (canvas[15:] == 7).all()


def test_crop_is_the_scaled_square_moved_down() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, :, 0] = np.arange(100)[None, :]
    image[:, :, 1] = np.arange(100)[:, None]

    crop = image_ops.crop_square(image, Box(40, 30, 50, 50), CropSpec(scale=2.0, shift_y=0.1))

    # Side 2 x 20 px; centre (45, 40) moved down by a tenth of the side.
    assert crop.shape == (40, 40, 3)
    assert tuple(crop[0, 0, :2]) == (25, 24)
    assert tuple(crop[-1, -1, :2]) == (64, 63)


def test_crop_over_the_edge_repeats_the_edge() -> None:
    image = np.zeros((50, 50, 3), np.uint8)
    image[:, 0] = 200
    image[:, 1] = 90

    crop = image_ops.crop_square(image, Box(-10, 10, 10, 30), CropSpec(scale=1.0, shift_y=0.0))

    assert crop.shape == (20, 20, 3)
    assert (crop[:, :11] == 200).all()
    assert (crop[:, 11] == 90).all()


@given(
    st.tuples(*[st.floats(-500, 500) for _ in range(2)]),
    st.tuples(*[st.floats(0, 400) for _ in range(2)]),
    st.floats(0.2, 3),
    st.floats(-1, 1),
)
def test_crop_is_square_wherever_the_box_lies(
    corner: tuple[float, float], size: tuple[float, float], scale: float, shift: float
) -> None:
    image = np.zeros((60, 80, 3), np.uint8)
    box = Box(corner[0], corner[1], corner[0] + size[0], corner[1] + size[1])

    crop = image_ops.crop_square(image, box, CropSpec(scale=scale, shift_y=shift))

    assert crop.shape[0] == crop.shape[1] == max(1, round(scale * max(box.width_px, box.height_px)))


def test_tensor_is_channels_first_scaled_and_normalised() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[:, :] = (10, 20, 30)

    tensor = image_ops.to_tensor(
        [picture], spec(colour="rgb", scale=0.1, mean=[1, 1, 1], std=[1, 2, 4])
    )

    assert tensor.shape == (1, 3, 4, 4)
    assert tensor.dtype == np.float32
    assert tensor[0, :, 0, 0] == pytest.approx([2.0, 0.5, 0.0])


def test_grey_pictures_become_colour_and_colour_becomes_grey() -> None:
    grey = np.full((4, 4), 60, np.uint8)
    colour = np.full((4, 4, 3), (255, 0, 0), np.uint8)

    in_colour = image_ops.to_tensor([grey], spec())
    in_grey = image_ops.to_tensor([colour], spec(channels=1, colour="grey"))

    assert (in_colour == 60).all()
    # ITU-R BT.601: blue weighs 0.114.
    assert in_grey[0, 0, 0, 0] == pytest.approx(29, abs=0.6)


def test_each_picture_is_standardised_by_itself() -> None:
    rng = np.random.default_rng(1)
    dark = rng.integers(0, 60, (9, 9), dtype=np.uint8)
    bright = rng.integers(150, 255, (9, 9), dtype=np.uint8)
    flat = np.full((9, 9), 128, np.uint8)

    tensor = image_ops.to_tensor(
        [dark, bright, flat],
        spec(size_px=(9, 9), channels=1, colour="grey", standardise="per-picture"),
    )

    assert tensor.mean(axis=(1, 2, 3)) == pytest.approx([0, 0, 0], abs=1e-4)
    assert tensor.std(axis=(1, 2, 3)) == pytest.approx([1, 1, 0], abs=1e-3)
