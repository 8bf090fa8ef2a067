"""A camera that repeats one picture to the bit is lost: a sensor's noise never does."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from appliance.domain import Frame, Image
from appliance.errors import CameraError

if TYPE_CHECKING:
    from appliance.camera.camera import Camera

LIVE_S = 5.0
"""A device that repeats its picture for so long is lost."""
RECORDING_S = 30.0
"""A recording may hold still for longer: its codec repeats what did not change."""
MID_TONES = (16, 239)
"""Darker and brighter pixels are cut off, and noise with them: a dark room is no fault."""
LEAST_SHARE = 0.1
"""Of the picture's pixels that must lie between, before it is judged."""
FIRST_LOOKS = 8
"""Frames of which one must differ when a device is opened: a frozen one is not open."""


class NeverFrozen:
    """A camera whose reading fails once its frames repeat."""

    def __init__(self, camera: Camera, after_s: float, is_device: bool) -> None:
        """``after_s``: seconds of repeated frames. Raises CameraError where a device repeats."""
        self.name = camera.name
        self._camera = camera
        self._after_s = after_s
        self._digest = b""
        self._changed_s: float | None = None
        if is_device:
            self._look_for_life()

    def set_fps(self, fps: float) -> None:
        self._camera.set_fps(fps)

    def read(self) -> Frame:
        """The next frame; raises CameraError when the camera is lost or frozen."""
        frame = self._camera.read()
        if self._differs(frame.image) or self._changed_s is None:
            self._changed_s = frame.captured_at_s
        if frame.captured_at_s - self._changed_s >= self._after_s:
            raise self._error()
        return frame

    def close(self) -> None:
        self._camera.close()

    def _look_for_life(self) -> None:
        try:
            self._differs(self._camera.read().image)
            if not any(self._differs(self._camera.read().image) for _ in range(FIRST_LOOKS)):
                raise self._error()
        except CameraError:
            self._camera.close()
            raise

    def _differs(self, image: Image) -> bool:
        """Whether it is another picture than the one before, or none that can be judged."""
        before, self._digest = self._digest, hashlib.blake2b(image.tobytes()).digest()
        return before != self._digest or not _has_mid_tones(image)

    def _error(self) -> CameraError:
        return CameraError(
            f"{self.name} repeats one picture, it is frozen: unplug it and plug it in again"
        )


def _has_mid_tones(image: Image) -> bool:
    dark, bright = MID_TONES
    sample = image[::4, ::4]
    return bool(np.mean((sample > dark) & (sample < bright)) >= LEAST_SHARE)
