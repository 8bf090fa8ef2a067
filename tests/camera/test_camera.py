"""camera.py: which source opens which camera, and what is said when there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from appliance.camera import camera as cameras
from appliance.camera.builtin import BuiltinCamera
from appliance.camera.camera import check_recording, open_camera
from appliance.camera.picamera import PiCamera
from appliance.camera.replay import EndOfReplay, ReplayCamera
from appliance.errors import CameraError
from tests.camera.fake_picamera2 import FakePicamera2, install
from tests.camera.stepped_clock import read_on


@pytest.fixture
def no_pi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    return install(monkeypatch)


def test_builtin_opens_at_the_asked_size() -> None:
    camera = open_camera("builtin", width_px=320, height_px=240, fps=30)

    assert isinstance(camera, BuiltinCamera)
    assert camera.read().image.shape == (240, 320, 3)


def test_folder_opens_as_replay_that_ends_when_not_looped(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((48, 64, 3), np.uint8))
    camera = open_camera(str(tmp_path), fps=30, loop=False)

    assert isinstance(camera, ReplayCamera)
    with pytest.raises(EndOfReplay):
        read_on(camera)


def test_unknown_source_says_what_may_be_given() -> None:
    with pytest.raises(CameraError, match=r"no camera 'webcm': give auto, picamera2, builtin"):
        open_camera("webcm")


@pytest.mark.parametrize("source", ["webcm", "notes.txt", "empty", ""])
def test_a_recording_that_cannot_be_replayed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    (tmp_path / "notes.txt").write_text("no video")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CameraError, match="give"):
        check_recording(source)


@pytest.mark.parametrize("source", ["auto", "builtin", "picamera2", "/dev/video98"])
def test_cameras_that_may_still_come_are_not_refused(source: str) -> None:
    check_recording(source)


def test_a_damaged_recording_prints_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(0)
    pictures = [
        PIL.Image.fromarray(noise.integers(0, 255, (48, 64, 3), np.uint8)) for _ in range(3)
    ]
    whole, damaged = tmp_path / "whole.gif", tmp_path / "damaged.gif"
    pictures[0].save(whole, save_all=True, append_images=pictures[1:])
    damaged.write_bytes(whole.read_bytes()[:2000])
    camera = open_camera(str(damaged), fps=30, loop=False)
    with pytest.raises(EndOfReplay):
        read_on(camera)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("source", ["/dev/video98", "v4l2:/dev/video98"])
def test_missing_webcam_is_named(source: str) -> None:
    with pytest.raises(CameraError, match="Webcam /dev/video98 cannot be opened"):
        open_camera(source)


def test_missing_picamera2_says_how_to_install_it(no_pi: None) -> None:
    with pytest.raises(CameraError, match="apt-get install python3-picamera2"):
        open_camera("picamera2")


def test_auto_takes_the_pi_s_camera_first(pi: type[FakePicamera2]) -> None:
    camera = open_camera("auto")

    assert isinstance(camera, PiCamera)
    assert camera.name == "Raspberry Pi camera imx708"


def test_auto_without_any_camera_is_the_builtin_feed(
    no_pi: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A device that cannot be opened must be passed over.
    monkeypatch.setattr(cameras, "webcam_devices", lambda: ("/dev/video98",))

    assert isinstance(open_camera("auto"), BuiltinCamera)


def test_auto_without_fallback_is_an_error(no_pi: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cameras, "webcam_devices", lambda: ())

    with pytest.raises(CameraError, match="No camera found"):
        open_camera("auto", builtin_fallback=False)
