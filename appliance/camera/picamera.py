"""The Raspberry Pi's own camera; the only file that knows picamera2, which only a Pi has."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from appliance.camera.pace import Pace
from appliance.domain import Frame, Image
from appliance.errors import CameraError

FRAME_TIMEOUT_S = 5.0
"""A camera that gives no frame for so long is lost (its cable, usually)."""

LEAST_SENSOR_FPS = 10.0
"""Slower, the automatic exposure would take its time in the evening, and faces would blur."""

# picamera2 names formats by the order of bits in a word, so "RGB888" is blue-green-red in memory.
_WANTED_FORMAT = "RGB888"


def has_picamera() -> bool:
    """Whether picamera2 is installed and a camera is connected."""
    try:
        return bool(_picamera2_class().global_camera_info())
    except CameraError:
        return False


class PiCamera:
    """Frames of the first camera on the Pi's connector."""

    def __init__(self, width_px: int, height_px: int, fps: float) -> None:
        """Raises CameraError when picamera2 is missing or no camera answers."""
        picamera2 = _picamera2_class()
        if not picamera2.global_camera_info():
            raise CameraError("No Raspberry Pi camera is connected: check its ribbon cable")
        try:
            self._camera = picamera2()
        except (RuntimeError, IndexError) as exc:
            raise CameraError(
                f"The Raspberry Pi camera cannot be opened ({exc}): is another program using it?"
            ) from exc
        try:
            self._start(width_px, height_px, fps)
        except (RuntimeError, KeyError) as exc:
            self._camera.close()
            raise CameraError(
                f"The Raspberry Pi camera cannot deliver {width_px} x {height_px} ({exc}):"
                " choose another camera.width_px and camera.height_px"
            ) from exc
        self.name = f"Raspberry Pi camera {self._camera.camera_properties.get('Model', '')}".strip()
        self._pace = Pace(fps)
        self._sequence = 0

    def set_fps(self, fps: float) -> None:
        """How often ``read`` returns; the sensor follows, but not below its own least rate."""
        self._pace.set_fps(fps)
        self._camera.set_controls({"FrameDurationLimits": _frame_duration_us(fps)})

    def read(self) -> Frame:
        """The next picture the sensor takes; raises CameraError when none comes."""
        self._pace.wait()
        try:
            buffer = self._camera.capture_buffer("main", wait=FRAME_TIMEOUT_S)
        except (TimeoutError, RuntimeError) as exc:
            raise CameraError(
                "The Raspberry Pi camera gives no picture: check its ribbon cable"
            ) from exc
        frame = Frame(to_bgr(buffer, self._stream), self._pace.now_s(), self._sequence)
        self._sequence += 1
        return frame

    def close(self) -> None:
        self._camera.stop()
        self._camera.close()

    def _start(self, width_px: int, height_px: int, fps: float) -> None:
        configuration = self._camera.create_video_configuration(
            main={"size": (width_px, height_px), "format": _WANTED_FORMAT},
            controls={"FrameDurationLimits": _frame_duration_us(fps)},
            # Two buffers: the newest frame is wanted, not a smooth recording.
            buffer_count=2,
            queue=False,
        )
        self._camera.align_configuration(configuration)
        self._camera.configure(configuration)
        # What the camera system made of the wish: size, row length and format may differ.
        self._stream: dict[str, Any] = self._camera.camera_configuration()["main"]
        self._camera.start()


def to_bgr(buffer: np.ndarray, stream: dict[str, Any]) -> Image:
    """One frame's bytes -> [H, W, 3] blue-green-red.

    ``stream``: picamera2's description (``format``, ``size`` (width, height), ``stride`` in
    bytes). RGB888 is what a Pi delivers; NV12 and YUV420 what other camera systems may insist on.
    Raises CameraError for any other format.
    """
    width, height = stream["size"]
    stride, kind = stream["stride"], str(stream["format"])
    flat = np.asarray(buffer, np.uint8).reshape(-1)
    if kind == _WANTED_FORMAT:
        rows = flat[: height * stride].reshape(height, stride)
        return np.ascontiguousarray(rows[:, : width * 3]).reshape(height, width, 3)
    if kind == "NV12":
        rows = flat[: height * 3 // 2 * stride].reshape(height * 3 // 2, stride)
        planes = np.ascontiguousarray(rows[:, :width])
        return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_NV12), np.uint8)
    if kind == "YUV420":
        rows = flat[: height * 3 // 2 * stride].reshape(height * 3 // 2, stride)
        picture = cv2.cvtColor(rows, cv2.COLOR_YUV2BGR_I420)
        return np.asarray(picture[:, :width], np.uint8)
    raise CameraError(
        f"The Raspberry Pi camera delivers {kind}, which is not supported: use RGB888"
    )


def _frame_duration_us(fps: float) -> tuple[int, int]:
    duration = round(1_000_000 / max(fps, LEAST_SENSOR_FPS))
    return duration, duration


def _picamera2_class() -> Any:
    try:
        from picamera2 import Picamera2
    except ImportError as exc:
        raise CameraError(
            "picamera2 is not installed: apt-get install python3-picamera2 (Raspberry Pi OS)"
        ) from exc
    return Picamera2
