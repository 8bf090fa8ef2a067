"""Animated GIF, WebP, PNG and AVIF as a film that ffmpeg reads.

ffmpeg 5.1 itself decodes no animated WebP, gives the last picture of a GIF the time of the one
before, and knows neither ground nor colours of any of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from appliance.content.panel_format import MAX_FPS
from appliance.content.still_picture import PANEL
from appliance.content.tool_runner import ToolRunner, is_full_disk, last_line, shown
from appliance.domain import Image
from appliance.errors import ContentError, PictureError
from appliance.pictures.limits import Box
from appliance.pictures.reader import PictureReader

_TIMED_ONLY: Final = Box(16, 16)
_SLOWEST_STEP_MS: Final = 100
# A step towards the clip that costs no quality; it is read once and deleted.
_NEARLY_LOSSLESS: Final = ("-c:v", "libx264rgb", "-preset", "ultrafast", "-crf", "4")


@dataclass(frozen=True, slots=True)
class Timing:
    """When each picture is shown, in steps of equal length."""

    step_ms: Fraction
    steps: tuple[int, ...]
    """How many steps each picture is shown for; 0 where one step holds more than one."""
    duration_s: float

    @classmethod
    def of(cls, durations_ms: Sequence[int]) -> Timing:
        """The longest step that keeps all durations, or the panel's where that is too short."""
        common_ms = math.gcd(*durations_ms)
        step_ms = Fraction(common_ms, math.ceil(common_ms / _SLOWEST_STEP_MS))
        step_ms = max(step_ms, Fraction(1000, MAX_FPS))
        ends, passed_ms = [0], 0
        for duration_ms in durations_ms:
            passed_ms += duration_ms
            ends.append(round(passed_ms / step_ms))
        ends[-1] = max(ends[-1], 1)
        steps = tuple(end - begin for begin, end in pairwise(ends))
        return cls(step_ms, steps, passed_ms / 1000)


def timing_of(path: Path, reader: PictureReader, max_duration_s: float) -> Timing:
    """Decode the pictures to the last; ContentError when one is damaged.

    What lasts longer than ``max_duration_s`` is not read further than that.
    """
    durations_ms: list[int] = []
    try:
        for frame in reader.frames(path, _TIMED_ONLY):
            durations_ms.append(frame.duration_ms)
            if sum(durations_ms) > (max_duration_s + 1) * 1000:
                break
    except PictureError as exc:
        raise ContentError(str(exc)) from exc
    if not durations_ms:
        raise ContentError(f"{shown(path)} holds no pictures; save it again")
    return Timing.of(durations_ms)


def write_film(
    path: Path,
    timing: Timing,
    out_mkv: Path,
    reader: PictureReader,
    runner: ToolRunner,
    check_room: Callable[[], None],
) -> None:
    """Write the pictures, no larger than the panel, each for its time.

    ``check_room`` is called with each picture and may raise. Raises ContentError too when the
    film cannot be written.
    """
    pictures = _pictures(path, timing, reader, check_room)
    first = next(pictures)
    height_px, width_px = first.shape[:2]
    rate = 1000 / timing.step_ms
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    command += ["-video_size", f"{width_px}x{height_px}"]
    command += ["-framerate", f"{rate.numerator}/{rate.denominator}", "-i", "pipe:0"]
    command += [*_NEARLY_LOSSLESS, "-f", "matroska", f"file:{out_mkv.absolute()}"]

    def parts() -> Iterator[memoryview]:
        yield first.data
        for picture in pictures:
            yield picture.data

    done = runner.feed(command, parts())
    if is_full_disk(done.stderr):
        raise ContentError(f"the disk is full, so {shown(path)} could not be taken in; free space")
    if done.returncode != 0:
        reason = last_line(done.stderr, "pipe:0")
        raise ContentError(f"{shown(path)} could not be converted ({reason}); save it as a GIF")


def _pictures(
    path: Path, timing: Timing, reader: PictureReader, check_room: Callable[[], None]
) -> Iterator[Image]:
    try:
        for frame, steps in zip(reader.frames(path, PANEL), timing.steps, strict=False):
            check_room()
            picture = np.ascontiguousarray(frame.image)
            yield from [picture] * steps
    except PictureError as exc:
        raise ContentError(str(exc)) from exc
