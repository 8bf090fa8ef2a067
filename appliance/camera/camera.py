"""What a camera is, and which one to open."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from appliance.camera.builtin import BuiltinCamera
from appliance.camera.frozen import LIVE_S, RECORDING_S, NeverFrozen
from appliance.camera.picamera import PiCamera, has_picamera
from appliance.camera.replay import FolderRecording, ReplayCamera, VideoRecording
from appliance.camera.turned import Turn, TurnedCamera
from appliance.camera.v4l2 import V4l2Camera, webcam_devices
from appliance.domain import Frame
from appliance.errors import CameraError

logger = logging.getLogger(__name__)


class Camera(Protocol):
    """Delivers frames at a rate that may be changed while it runs; used from one thread."""

    name: str
    """For people: log, status, doctor."""

    def read(self) -> Frame:
        """Block until the next frame is due and return it; raises CameraError when lost."""
        ...

    def set_fps(self, fps: float) -> None:
        """Frames a second from the next on, above 0."""
        ...

    def close(self) -> None:
        """Give the device back; reading is over."""
        ...


def open_camera(
    source: str,
    *,
    width_px: int = 640,
    height_px: int = 480,
    fps: float = 8.0,
    loop: bool = True,
    builtin_fallback: bool = True,
    rotate: Turn = 0,
    mirror: bool = False,
    refuse_frozen: bool = False,
) -> Camera:
    """Open a camera.

    ``source``: ``auto`` (the Pi's camera, else the first webcam, else, unless
    ``builtin_fallback`` is off, the built-in feed),
    ``picamera2``, ``builtin``, ``/dev/videoN`` or another name of a webcam there, such as
    ``/dev/v4l/by-id/...`` (also ``v4l2:/dev/videoN``), or the path of a video, a GIF or a
    folder of pictures, replayed in real time and, with ``loop``, over again.
    ``rotate`` clockwise, then ``mirror`` left to right, make its pictures upright. With
    ``refuse_frozen`` a camera that repeats one picture is lost.
    Raises CameraError with what to do.
    """
    camera = _open(source, (width_px, height_px), fps, loop, builtin_fallback)
    # The built-in feed is drawn, and a folder may hold one picture: neither can freeze.
    if refuse_frozen and not isinstance(camera, BuiltinCamera) and not Path(source).is_dir():
        is_device = not isinstance(camera, ReplayCamera)
        camera = NeverFrozen(camera, LIVE_S if is_device else RECORDING_S, is_device)
    return TurnedCamera(camera, rotate, mirror) if rotate or mirror else camera


def _open(
    source: str, size_px: tuple[int, int], fps: float, loop: bool, builtin_fallback: bool
) -> Camera:
    width_px, height_px = size_px
    if source == "auto":
        return _open_first(width_px, height_px, fps, builtin_fallback)
    if source == "picamera2":
        return PiCamera(width_px, height_px, fps)
    if source == "builtin":
        return BuiltinCamera(width_px, height_px, fps)
    if _is_webcam(source):
        return V4l2Camera(source.removeprefix("v4l2:"), width_px, height_px, fps)
    return _open_replay(Path(source), size_px, fps, loop)


def check_recording(source: str) -> None:
    """Raise CameraError where ``source`` names a recording that cannot be replayed.

    Cameras are not asked: one that is not there may be plugged in at any time.
    """
    if source not in ("auto", "picamera2", "builtin") and not _is_webcam(source):
        open_camera(source).close()


def _is_webcam(source: str) -> bool:
    # Any name there: the stable ones under /dev/v4l are links, and udev's rules make others.
    return source.startswith(("v4l2:", "/dev/"))


def _open_first(width_px: int, height_px: int, fps: float, builtin_fallback: bool) -> Camera:
    if has_picamera():
        return PiCamera(width_px, height_px, fps)
    for device in webcam_devices():
        try:
            return V4l2Camera(device, width_px, height_px, fps)
        except CameraError as exc:
            logger.info("Not taken as camera: %s", exc)
    if not builtin_fallback:
        raise CameraError("No camera found: connect one, or set camera.source to what to use")
    logger.warning("No camera found: showing the built-in feed (set camera.source to choose)")
    return BuiltinCamera(width_px, height_px, fps)


def _open_replay(path: Path, size_px: tuple[int, int], fps: float, loop: bool) -> Camera:
    try:
        if path.is_dir():
            return ReplayCamera(FolderRecording(path, fps), f"folder {path}", size_px, fps, loop)
        if path.is_file():
            return ReplayCamera(VideoRecording(path), f"file {path}", size_px, fps, loop)
    except OSError as exc:
        raise CameraError(f"{path} cannot be read ({exc.strerror}): look at its rights") from exc
    raise CameraError(
        f"There is no camera {str(path)!r}: give auto, picamera2, builtin, /dev/videoN,"
        " or the path of a video, GIF or folder of pictures"
    )
