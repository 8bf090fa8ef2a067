"""A clip second by second: what its pictures, cuts, motion and sound are like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.content import frame_features
from appliance.content.frame_features import MotionMeter
from appliance.content.media import probe
from appliance.content.media_info import MediaInfo
from appliance.content.small_frames import FPS, SEGMENT_S, TIMEOUT_S, segment_of, small_frames
from appliance.content.tool_runner import FOREGROUND, ToolRunner, shown
from appliance.domain import Image
from appliance.errors import ContentError

LOOKED_AT: Final = 4
"""Every so many frames one is looked at for its colours; motion and cuts take all."""

SOUND_HZ: Final = 44_100
MAX_DURATION_S: Final = 3600
_AREA_PX: Final = 160 * 90
_FILM_FPS: Final = 25.0


@dataclass(frozen=True, slots=True)
class Second:
    """Means over one second of a clip."""

    colorfulness: float
    median_lightness: float
    hue_count: float
    edge_area: float
    motion: float
    """Per cent of the diagonal in a 25th of a second."""
    cuts: int
    zero_crossings: float | None
    """Changes of sign from one sample to the next, of all, at 44.1 kHz; None: no sound."""


def seconds_of(
    path: Path,
    report: Callable[[float], None] = lambda share: None,
    runner: ToolRunner = FOREGROUND,
) -> tuple[Second, ...]:
    """Look through a whole clip; ``report`` is told the share that is done (0..1).

    Raises ContentError when it cannot be decoded, holds no frame or is over an hour long.
    """
    info = probe(path, runner)
    if info.duration_s > MAX_DURATION_S:
        raise ContentError(
            f"{shown(path)} lasts {info.duration_s / 60:.0f} minutes; give a clip of up to"
            f" {MAX_DURATION_S // 60}"
        )
    wide_px, high_px = info.display_size_px
    scale = (_AREA_PX / max(1, wide_px * high_px)) ** 0.5
    looker = _Looker()
    found: list[Second] = []
    for start_s in range(0, MAX_DURATION_S, SEGMENT_S):
        frames = small_frames(path, info, scale, start_s, runner)
        if not len(frames):
            break
        found.extend(looker.look(frames, _sound(path, info, start_s, runner)))
        report(min(1.0, (start_s + SEGMENT_S) / max(info.duration_s, SEGMENT_S)))
        if 0.0 < info.duration_s <= start_s + SEGMENT_S:
            break
    if not found:
        raise ContentError(f"{shown(path)} holds no frames; give a file with pictures")
    return tuple(found)


class _Looker:
    """Goes through the frames in order and remembers the last one."""

    def __init__(self) -> None:
        self._motion = MotionMeter()
        self._before: Image | None = None

    def look(self, frames: NDArray[np.uint8], sound: NDArray[np.int16]) -> Iterator[Second]:
        """Frames [F, H, W, 3] of whole seconds, the last perhaps a part; sound [S] beside them."""
        for start in range(0, len(frames), FPS):
            part = frames[start : start + FPS]
            if start and len(part) < FPS // 2:
                return
            heard = sound[start // FPS * SOUND_HZ : (start // FPS + 1) * SOUND_HZ]
            yield self._second(part, heard)

    def _second(self, frames: NDArray[np.uint8], heard: NDArray[np.int16]) -> Second:
        looked_at = frames[::LOOKED_AT]
        moved, cuts = [], 0
        for frame in frames:
            before, self._before = self._before, frame
            if before is None:
                continue
            bins = [frame_features.colour_bins(each) for each in (before, frame)]
            if frame_features.is_cut(bins[0], bins[1]):
                cuts += 1
            else:
                moved.append(self._motion.between(before, frame))
        return Second(
            colorfulness=_mean(frame_features.colorfulness, looked_at),
            median_lightness=_mean(frame_features.median_lightness, looked_at),
            hue_count=_mean(frame_features.hue_count, looked_at),
            edge_area=_mean(frame_features.edge_area, looked_at),
            motion=float(np.mean(moved)) * FPS / _FILM_FPS if moved else 0.0,
            cuts=cuts,
            zero_crossings=_zero_crossings(heard),
        )


def _mean(feature: Callable[[Image], float], frames: NDArray[np.uint8]) -> float:
    return float(np.mean([feature(frame) for frame in frames]))


def _zero_crossings(heard: NDArray[np.int16]) -> float | None:
    if len(heard) < 2 or not heard.any():
        return None
    return float(np.mean(np.diff(np.signbit(heard).astype(np.int8)) != 0))


def _sound(path: Path, info: MediaInfo, start_s: int, runner: ToolRunner) -> NDArray[np.int16]:
    """Samples of the sound that is heard, one channel; none where nothing can be heard."""
    if not info.has_audio:
        return np.empty(0, np.int16)
    command = [*segment_of(path, start_s, info), "-map", f"0:a:{info.sound_track}"]
    command += ["-ac", "1", "-ar", str(SOUND_HZ)]
    command += ["-f", "s16le", "pipe:1"]
    done = runner.run(command, path, TIMEOUT_S)
    # A sound that cannot be decoded is no reason to say nothing of the pictures.
    whole = done.stdout if done.returncode == 0 else b""
    return np.frombuffer(whole[: len(whole) // 2 * 2], np.int16)
