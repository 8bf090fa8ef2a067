"""turned.py and frozen.py: pictures stand upright, and a camera that repeats itself is lost."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from appliance.camera.builtin import BuiltinCamera
from appliance.camera.camera import open_camera
from appliance.camera.frozen import LIVE_S, NeverFrozen
from appliance.camera.turned import Turn, TurnedCamera
from appliance.domain import Frame, Image
from appliance.errors import CameraError

CARD = np.zeros((40, 60, 3), np.uint8)
CARD[:20, :30] = 200  # bright at the upper left


class ScriptedCamera:
    """Delivers these pictures, four a second, the last for ever."""

    name = "scripted"

    def __init__(self, pictures: Iterator[Image] | list[Image]) -> None:
        self._pictures = list(pictures)
        self._number = 0
        self.is_closed = False

    def read(self) -> Frame:
        picture = self._pictures[min(self._number, len(self._pictures) - 1)]
        self._number += 1
        return Frame(picture.copy(), self._number / 4, self._number)

    def set_fps(self, fps: float) -> None: ...

    def close(self) -> None:
        self.is_closed = True


def noisy(number: int) -> Image:
    return np.random.default_rng(number).integers(60, 200, (24, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("degrees", "is_mirrored", "corner"),
    [(90, False, "upper right"), (180, False, "lower right"), (270, False, "lower left"),
     (0, True, "upper right"), (180, True, "lower left"), (90, True, "upper left")],
)  # fmt: skip
def test_the_picture_is_turned_clockwise_and_then_mirrored(
    degrees: Turn, is_mirrored: bool, corner: str
) -> None:
    image = TurnedCamera(ScriptedCamera([CARD]), degrees, is_mirrored).read().image

    assert image.shape == ((60, 40, 3) if degrees in (90, 270) else (40, 60, 3))
    height, width = image.shape[:2]
    row, column = (("lower" in corner) * (height - 1), ("right" in corner) * (width - 1))
    assert image[row, column, 0] == 200
    assert image[height - 1 - row, width - 1 - column, 0] == 0


def test_every_source_is_turned_by_the_same_settings(tmp_path) -> None:
    cv2.imwrite(str(tmp_path / "card.png"), CARD)

    assert open_camera(str(tmp_path), rotate=90).read().image.shape == (60, 40, 3)
    assert open_camera("builtin", rotate=270).read().image.shape == (640, 480, 3)
    assert isinstance(open_camera("builtin", refuse_frozen=True), BuiltinCamera)


@pytest.mark.parametrize(
    "source",
    ["/dev/v4l/by-id/usb-Example_Webcam_0001-video-index0", "/dev/v4l/by-path/x", "/dev/webcam"],
)
def test_any_device_name_is_a_webcam(source: str) -> None:
    with pytest.raises(CameraError, match=f"Webcam {source} .*is it plugged in"):
        open_camera(source)


def test_a_device_that_freezes_is_lost() -> None:
    scripted = ScriptedCamera([noisy(number) for number in range(12)])
    camera = NeverFrozen(scripted, LIVE_S, is_device=True)
    # Two frames are read at the opening; the last change is number 12.
    frames = [camera.read() for _ in range(10 + int(LIVE_S * 4) - 1)]

    assert frames[-1].sequence == 12 + LIVE_S * 4 - 1
    with pytest.raises(CameraError, match="scripted repeats one picture"):
        camera.read()


def test_a_frozen_device_is_not_opened_again() -> None:
    scripted = ScriptedCamera([noisy(1)])

    with pytest.raises(CameraError, match="frozen"):
        NeverFrozen(scripted, LIVE_S, is_device=True)
    assert scripted.is_closed


@pytest.mark.parametrize("picture", [np.zeros((24, 32, 3), np.uint8), np.full((24, 32, 3), 255)])
def test_a_dark_or_dazzled_camera_is_not_frozen(picture: Image) -> None:
    camera = NeverFrozen(ScriptedCamera([picture.astype(np.uint8)]), LIVE_S, is_device=True)

    assert len([camera.read() for _ in range(100)]) == 100


def test_a_camera_that_stays_noisy_is_never_frozen() -> None:
    scripted = ScriptedCamera([noisy(number) for number in range(120)])
    camera = NeverFrozen(scripted, LIVE_S, is_device=True)

    assert len([camera.read() for _ in range(110)]) == 110
