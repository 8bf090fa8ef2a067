"""picamera.py against a fake of picamera2's own interface; the real one is a hardware check."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.camera.picamera import PiCamera, to_bgr
from appliance.errors import CameraError
from tests.camera.fake_picamera2 import FakePicamera2, install


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    return install(monkeypatch)


def test_frames_are_blue_green_red_without_row_padding(fake: type[FakePicamera2]) -> None:
    camera = PiCamera(640, 480, 8.0)

    frame = camera.read()

    assert frame.image.shape == (480, 640, 3)
    assert (frame.image == (10, 20, 30)).all()
    assert camera.read().sequence == 1


@pytest.mark.parametrize("kind", ["NV12", "YUV420"])
def test_other_formats_are_converted(fake: type[FakePicamera2], kind: str) -> None:
    fake.stream_format = kind
    fake.row_padding = 0

    image = PiCamera(640, 480, 8.0).read().image

    assert image.shape == (480, 640, 3)
    # Y = 150 of 16..235, no colour.
    assert np.abs(image.astype(int) - round((150 - 16) * 255 / 219)).max() <= 1


def test_unknown_format_is_refused() -> None:
    stream = {"format": "SRGGB10", "size": (4, 4), "stride": 8}

    with pytest.raises(CameraError, match="delivers SRGGB10"):
        to_bgr(np.zeros(64, np.uint8), stream)


def test_no_connected_camera_is_said(fake: type[FakePicamera2]) -> None:
    fake.cameras = []

    with pytest.raises(CameraError, match="ribbon cable"):
        PiCamera(640, 480, 8.0)


def test_impossible_size_is_said_and_the_camera_given_back(fake: type[FakePicamera2]) -> None:
    with pytest.raises(CameraError, match="cannot deliver 32 x 32"):
        PiCamera(32, 32, 8.0)

    assert fake.instances[0].is_closed


def test_camera_that_gives_no_frame_is_lost(fake: type[FakePicamera2]) -> None:
    camera = PiCamera(640, 480, 30.0)
    fake.instances[0].is_lost = True

    with pytest.raises(CameraError, match="gives no picture"):
        camera.read()


def test_sensor_follows_the_rate_down_to_its_least(fake: type[FakePicamera2]) -> None:
    camera = PiCamera(640, 480, 8.0)

    camera.set_fps(20.0)
    camera.set_fps(2.0)

    limits = [control["FrameDurationLimits"] for control in fake.instances[0].controls]
    assert limits == [(100_000, 100_000), (50_000, 50_000), (100_000, 100_000)]


def test_close_stops_the_sensor_and_gives_it_back(fake: type[FakePicamera2]) -> None:
    camera = PiCamera(640, 480, 8.0)
    assert fake.instances[0].is_started

    camera.close()

    assert not fake.instances[0].is_started
    assert fake.instances[0].is_closed
