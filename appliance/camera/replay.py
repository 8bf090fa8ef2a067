"""A video, a GIF or a folder of pictures, replayed in real time as if a camera saw it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from appliance.camera.pace import Clock, Pace
from appliance.domain import Frame, Image
from appliance.errors import CameraError, PictureError
from appliance.pictures.picture_file import PICTURE_SUFFIXES
from appliance.pictures.reader import PictureReader

# A damaged file would make the decoder print a line for each frame, each time round.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

LAST_FRAME_S = 0.1
"""How long the last frame of a file stays when the file does not say."""


class EndOfReplay(CameraError):  # noqa: N818 - an end, not a fault
    """The recording is over and was not asked to start again."""


class Recording(Protocol):
    """Something with a beginning and an end: a video file, or a folder of pictures."""

    def play(self) -> Iterator[tuple[float, Image]]:
        """(time at which it appears, picture) from the beginning, times growing from 0.

        The last item repeats the last picture at the recording's end.
        """
        ...


class ReplayCamera:
    """Delivers what the recording shows at the time of asking; late readers miss frames."""

    def __init__(
        self,
        recording: Recording,
        name: str,
        size_px: tuple[int, int],
        fps: float,
        loop: bool = True,
        clock: Clock | None = None,
    ) -> None:
        """``size_px``: (width, height) that larger pictures are shrunk into, keeping their shape.

        Raises CameraError when the recording holds nothing that can be shown.
        """
        self.name = name
        self._recording = recording
        self._size = size_px
        self._loop = loop
        self._pace = Pace(fps, clock)
        self._sequence = 0
        self._began_s: float | None = None
        self._frames = recording.play()
        self._shown: Image | None = None
        self._is_closed = False
        try:
            self._ahead = next(self._frames)
        except StopIteration:
            raise CameraError(f"{name} holds no frame: give another file or folder") from None

    def set_fps(self, fps: float) -> None:
        self._pace.set_fps(fps)

    def read(self) -> Frame:
        """The frame that is due; raises EndOfReplay after the last when not looping."""
        if self._is_closed:
            raise CameraError(f"{self.name} was closed: open it again")
        now_s = self._pace.wait()
        if self._began_s is None:
            self._began_s = now_s
        image = self._at(now_s)
        frame = Frame(image, now_s, self._sequence)
        self._sequence += 1
        return frame

    def close(self) -> None:
        """Give the file back."""
        self._is_closed = True
        self._frames = iter(())
        self._shown = None

    def _at(self, now_s: float) -> Image:
        assert self._began_s is not None
        # A hair of tolerance: 3 x 0.08 s must not fall short of 0.24 s.
        while self._ahead[0] <= now_s - self._began_s + 1e-6:
            appears_s, self._shown = self._ahead
            following = next(self._frames, None)
            if following is None:
                following = self._start_again(appears_s, now_s)
            self._ahead = following
        assert self._shown is not None  # the first picture appears at 0
        return fit(self._shown, self._size)

    def _start_again(self, ended_s: float, now_s: float) -> tuple[float, Image]:
        if not self._loop:
            raise EndOfReplay(f"{self.name} is over: start it again, or replay it in a loop")
        assert self._began_s is not None
        # Rounds that are over already are left out: beginning anew may take longer than a round.
        self._began_s += ended_s * max(1, int((now_s - self._began_s) / ended_s))
        self._frames = self._recording.play()
        first = next(self._frames, None)
        if first is None:
            raise CameraError(f"{self.name} cannot be read any more: is the file still there?")
        return first


class VideoRecording:
    """A file that OpenCV can decode; GIF frames stay as long as the file says."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def play(self) -> Iterator[tuple[float, Image]]:
        capture = cv2.VideoCapture(str(self._path))
        try:
            if not capture.isOpened():
                raise CameraError(f"{self._path} cannot be played: give a video, GIF or folder")
            rate = capture.get(cv2.CAP_PROP_FPS)
            step_s = 1 / rate if 0 < rate <= 1000 else LAST_FRAME_S
            appears_s, image = -step_s, None
            while True:
                ok, decoded = capture.read()
                if not ok:
                    break
                image = np.asarray(decoded, np.uint8)
                # Some containers know no time stamps: then frames follow at the file's rate.
                stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                appears_s = stamp_s if stamp_s > appears_s else appears_s + step_s
                yield appears_s, image
            if image is not None:
                yield appears_s + step_s, image
        finally:
            capture.release()


class FolderRecording:
    """The pictures of a folder in the order of their names, so many a second."""

    def __init__(self, path: Path, fps: float) -> None:
        self._files = sorted(
            file for file in path.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES
        )
        self._path = path
        self._period_s = 1.0 / fps

    def play(self) -> Iterator[tuple[float, Image]]:
        image = None
        with PictureReader() as reader:
            for number, file in enumerate(self._files):
                try:
                    image = reader.read(file)
                except PictureError as exc:
                    raise CameraError(f"The folder {self._path} cannot be replayed: {exc}") from exc
                yield number * self._period_s, image
        if image is not None:
            yield len(self._files) * self._period_s, image


def fit(image: Image, size_px: tuple[int, int]) -> Image:
    """Shrink a picture into (width, height), keeping its shape; smaller ones stay as they are."""
    scale = min(size_px[0] / image.shape[1], size_px[1] / image.shape[0])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
