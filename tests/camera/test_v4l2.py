"""v4l2.py: with a hand-made device in place of OpenCV's, and a real one where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from appliance.camera import v4l2
from appliance.camera.v4l2 import V4l2Camera, webcam_devices
from appliance.errors import CameraError


class FakeCapture:
    """A device that numbers its pictures, from the opening on; one waits in its buffer."""

    opened: ClassVar[list[FakeCapture]] = []
    can_open = True
    pictures = 1_000

    def __init__(self, device: str, backend: int) -> None:
        self.taken = 0
        self.is_released = False
        type(self).opened.append(self)

    def isOpened(self) -> bool:
        return self.can_open

    def set(self, setting: int, value: float) -> bool:
        return True

    def grab(self) -> bool:
        self.taken += 1
        return self.taken <= self.pictures

    def read(self) -> tuple[bool, np.ndarray | None]:
        if not self.grab():
            return False, None
        return True, np.full((48, 64, 3), self.taken, np.uint8)

    def release(self) -> None:
        self.is_released = True


@pytest.fixture
def capture(monkeypatch: pytest.MonkeyPatch) -> type[FakeCapture]:
    fake = type("Capture", (FakeCapture,), {"opened": []})
    monkeypatch.setattr(v4l2.cv2, "VideoCapture", fake)
    return fake


def test_every_frame_is_newer_than_the_buffered_one(capture: type[FakeCapture]) -> None:
    camera = V4l2Camera("/dev/video0", 64, 48, 100.0)
    waiting = capture.opened[0].taken + 1

    frame = camera.read()

    assert int(frame.image[0, 0, 0]) > waiting
    assert camera.read().sequence == frame.sequence + 1


def test_device_that_cannot_be_opened_is_said(capture: type[FakeCapture]) -> None:
    capture.can_open = False

    with pytest.raises(CameraError, match="Webcam /dev/video0 cannot be opened"):
        V4l2Camera("/dev/video0", 64, 48, 100.0)


def test_device_without_a_first_picture_is_given_back(capture: type[FakeCapture]) -> None:
    capture.pictures = 0

    with pytest.raises(CameraError, match="gives no picture"):
        V4l2Camera("/dev/video0", 64, 48, 100.0)

    assert capture.opened[0].is_released


def test_unplugged_device_is_a_camera_error(capture: type[FakeCapture]) -> None:
    camera = V4l2Camera("/dev/video0", 64, 48, 100.0)
    capture.pictures = 0

    with pytest.raises(CameraError, match="still plugged in"):
        camera.read()


def test_devices_are_in_order_and_the_pi_s_codecs_left_out(tmp_path: Path) -> None:
    devices, drivers = tmp_path / "dev", tmp_path / "class"
    devices.mkdir()
    names = {"video0": "rp1-cfe", "video2": "HD Webcam", "video10": "bcm2835-codec-decode"}
    for device, name in names.items():
        (devices / device).touch()
        (drivers / device).mkdir(parents=True)
        (drivers / device / "name").write_text(f"{name}\n", "utf-8")
    for device in ("video11", "videofoo"):
        (devices / device).touch()

    assert webcam_devices(devices, drivers) == (
        str(devices / "video2"),
        str(devices / "video11"),
    )


def test_real_webcam_delivers_frames() -> None:
    found = webcam_devices()
    if not found:
        pytest.skip("no webcam is connected to this computer")
    camera = V4l2Camera(found[0], 640, 480, 10.0)

    frames = [camera.read() for _ in range(3)]
    camera.close()

    assert all(frame.image.ndim == 3 for frame in frames)
