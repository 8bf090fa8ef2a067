"""A webcam, through Video4Linux."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np

from appliance.camera.pace import Pace
from appliance.domain import Frame
from appliance.errors import CameraError

# Video nodes of a Raspberry Pi that are codecs and image processors, not webcams; asking them
# for a picture takes ten seconds each to fail.
_NOT_WEBCAMS = ("bcm2835", "pispbe", "rp1-cfe", "rpi", "unicam")


DEVICES = Path("/dev")
DRIVERS = Path("/sys/class/video4linux")


def webcam_devices(devices: Path = DEVICES, drivers: Path = DRIVERS) -> tuple[str, ...]:
    """Paths of the video devices that may be webcams, lowest number first."""
    found = []
    for device in devices.glob("video*"):
        number = re.fullmatch(r"video(\d+)", device.name)
        if number and not _driver_name(drivers / device.name).startswith(_NOT_WEBCAMS):
            found.append((int(number[1]), str(device)))
    return tuple(path for _, path in sorted(found))


def _driver_name(driver: Path) -> str:
    try:
        return (driver / "name").read_text("utf-8").strip()
    except OSError:
        return ""


class V4l2Camera:
    """Frames of one webcam; a lost device raises CameraError."""

    def __init__(self, device: str, width_px: int, height_px: int, fps: float) -> None:
        """Open ``device`` (``/dev/videoN``); raises CameraError when it gives no picture."""
        self.name = f"webcam {device}"
        self._device = device
        self._capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise CameraError(f"Webcam {device} cannot be opened: is it plugged in and not in use?")
        # Compressed frames: a Pi's USB cannot carry 30 raw ones a second.
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width_px)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height_px)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._pace = Pace(fps)
        self._sequence = 0
        try:
            self.read()
        except CameraError:
            self.close()
            raise

    def set_fps(self, fps: float) -> None:
        """How often ``read`` returns; the device itself keeps its own rate."""
        self._pace.set_fps(fps)

    def read(self) -> Frame:
        """The newest picture, when the next is due; raises CameraError when the device is lost."""
        self._pace.wait()
        # The driver holds one picture from right after the last read: too old when reads are rare.
        self._capture.grab()
        ok, image = self._capture.read()
        if not ok or image is None:
            raise CameraError(f"Webcam {self._device} gives no picture: is it still plugged in?")
        frame = Frame(np.asarray(image, np.uint8), self._pace.now_s(), self._sequence)
        self._sequence += 1
        return frame

    def close(self) -> None:
        self._capture.release()
