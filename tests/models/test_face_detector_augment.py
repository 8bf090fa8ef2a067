"""Canvases: boxes stay on their faces, and the generator decides everything."""

from __future__ import annotations

import numpy as np
import pytest

from models.face_detector.augment import Canvas, MosaicMaker, MosaicSettings, distort
from models.face_detector.pictures import LabelledPicture

NONE = np.zeros((0, 4), np.float32)


def bright_square(side: int = 60) -> LabelledPicture:
    """A dark picture with one white square as its face."""
    pixels = np.full((180, 240, 3), 20, np.uint8)
    pixels[70 : 70 + side, 100 : 100 + side] = 255
    return LabelledPicture(
        "square", pixels, np.array([[100, 70, 100 + side, 70 + side]], np.float32), NONE
    )


def maker(picture: LabelledPicture, settings: MosaicSettings | None = None) -> MosaicMaker:
    return MosaicMaker(([picture], [picture], [picture]), settings or MosaicSettings())


def test_boxes_stay_on_their_faces() -> None:
    canvases = maker(bright_square())
    brighter = total = 0
    for seed in range(60):
        canvas = canvases.draw(np.random.default_rng(seed))
        grey = canvas.pixels.mean(axis=2)
        for x1, y1, x2, y2 in canvas.boxes.round().astype(int):
            inside = grey[y1:y2, x1:x2].mean()
            ring = grey[max(y1 - 4, 0) : y2 + 4, max(x1 - 4, 0) : x2 + 4]
            around = (ring.sum() - grey[y1:y2, x1:x2].sum()) / max(
                ring.size - (y2 - y1) * (x2 - x1), 1
            )
            brighter += inside > around + 20
            total += 1
    # A few squares fill a whole cell or are covered; a shifted box would fail far more.
    assert total > 60
    assert brighter / total > 0.85


def test_the_same_generator_draws_the_same_canvas() -> None:
    canvases = maker(bright_square())
    first, again, other = (canvases.draw(np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.pixels, again.pixels)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    assert not np.array_equal(first.pixels, other.pixels)


def test_faces_too_small_to_learn_are_ignored_rather_than_denied() -> None:
    settings = MosaicSettings(single_share=0.0, four_share=0.0, zoom_share=0.0)
    canvas = maker(bright_square(side=6), settings).draw(np.random.default_rng(0))
    assert len(canvas.boxes) == 0
    assert len(canvas.ignored) > 0


def test_faces_come_from_tiny_to_the_whole_frame() -> None:
    canvases = maker(bright_square(side=90))
    boxes = np.concatenate(
        [canvases.draw(np.random.default_rng(seed)).boxes for seed in range(300)]
    )
    heights = boxes[:, 3] - boxes[:, 1]
    assert heights.min() < 16
    assert heights.max() > 250


@pytest.mark.parametrize("seed", range(12))
def test_distortion_keeps_boxes_inside_the_canvas(seed: int) -> None:
    face = np.array([[0, 0, 50, 60], [200, 250, 320, 320]], np.float32)
    canvas = Canvas(np.full((320, 320, 3), 80, np.uint8), face, NONE)
    changed = distort(canvas, np.random.default_rng(seed))
    assert changed.pixels.shape == (320, 320, 3)
    assert float(changed.boxes.min(initial=0)) >= 0
    assert float(changed.boxes.max(initial=0)) <= 320
