"""face_change.py: noise, light and compression change nothing; a moving head does."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from appliance.audience.liveliness import Liveliness
from appliance.camera.builtin import ASSETS
from appliance.domain import Box, Image
from appliance.inference.face_change import FaceChange

PORTRAIT = np.asarray(cv2.imread(str(ASSETS / "astronaut.jpg")), np.uint8)
FACE = Box(166.0, 60.0, 248.0, 164.0)
Shot = Callable[[int], Image]


def noisy(number: int, sigma: float = 4.0, gain: float = 1.0) -> Image:
    rng = np.random.default_rng(number)
    return np.asarray(np.clip(PORTRAIT * gain + rng.normal(0, sigma, PORTRAIT.shape), 0, 255), "u1")


def flickering(number: int) -> Image:
    """A lamp at 100 Hz seen by a rolling shutter: bands, and the whole brighter or darker."""
    rows = np.arange(len(PORTRAIT))[:, None, None]
    light = 1 + 0.08 * math.sin(1.7 * number) + 0.03 * np.sin(rows / 40 + 2.1 * number)
    return np.asarray(np.clip(noisy(number) * light, 0, 255), "u1")


def compressed(number: int) -> Image:
    _, data = cv2.imencode(".jpg", noisy(number), [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def moved(picture: Image, x_px: float) -> Image:
    shift = np.array([[1, 0, x_px], [0, 1, 0]], np.float64)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, shift, size, borderMode=cv2.BORDER_REPLICATE), "u1")


def swaying(number: int) -> Image:
    """A head that goes to and fro by 2 % of its height, as people who stand still do."""
    return moved(noisy(number), 2.0 * math.sin(number / 2))


def changes(shot: Shot, count: int = 24) -> list[float]:
    sense = FaceChange()
    return [sense.measure(shot(number), [FACE], number / 8)[0] for number in range(count)][1:]


@pytest.mark.parametrize("shot", [lambda number: PORTRAIT, noisy, flickering, compressed])
def test_picture_does_not_change(shot: Shot) -> None:
    assert max(changes(shot)) < 1


def test_swaying_head_lives_within_a_second() -> None:
    life = Liveliness()
    for number, change in enumerate(changes(swaying, 8)):
        life.observe(change, number / 8)

    assert life.alive_s > 0


def test_lamp_that_is_switched_on_is_one_change() -> None:
    x = np.linspace(0.4, 1.6, PORTRAIT.shape[1])[None, :, None]

    def shot(number: int) -> Image:
        lit = noisy(number) * (x if number >= 12 else 1.0)
        return np.asarray(np.clip(lit, 0, 255), np.uint8)

    assert sum(change > 1 for change in changes(shot)) == 1


def test_picture_that_somebody_walked_past_is_as_it_was() -> None:
    def shot(number: int) -> Image:
        picture = noisy(number)
        if 8 <= number < 12:
            picture[:, 40 * (number - 6) : 40 * (number - 3)] = 30
        return picture

    after = changes(shot)[11:]
    assert max(after) < 1


def test_new_and_moved_faces_are_endlessly_different() -> None:
    sense = FaceChange()
    far = Box(FACE.x1 + 40, FACE.y1, FACE.x2 + 40, FACE.y2)

    assert sense.measure(noisy(0), [FACE], 0.0) == (math.inf,)
    assert sense.measure(noisy(1), [far], 0.1) == (math.inf,)


def test_each_of_two_faces_is_measured_by_itself() -> None:
    other = Box(FACE.x1 + 60, FACE.y1 + 150, FACE.x2 + 60, FACE.y2 + 150)
    sense = FaceChange()
    for number in range(6):
        picture = noisy(number)
        picture[200:330, 200:320] = moved(picture, 3.0 * number)[200:330, 200:320]
        still, lively = sense.measure(picture, [FACE, other], number / 8)

    assert still < 1 < lively
