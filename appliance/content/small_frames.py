"""Stretches of a video as small frames, for looking at its pictures without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.content.colours import to_standard_colours
from appliance.content.media_info import MediaInfo
from appliance.content.tool_runner import SAFE_INPUT, ToolRunner, input_of, last_line, shown
from appliance.content.upright import cut_of, decoder_of, upright
from appliance.errors import ContentError

FPS: Final = 8
SEGMENT_S: Final = 10
"""Decoded at once: bounds the memory a video takes."""

TIMEOUT_S: Final = 120.0
_LEAST_PX: Final = 16


def segment_of(path: Path, start_s: int, info: MediaInfo) -> list[str]:
    """The command's begin that has ffmpeg read ``SEGMENT_S`` from ``start_s`` on."""
    return [
        "ffmpeg", "-v", "error", "-nostdin", *decoder_of(info), *SAFE_INPUT,
        *cut_of(info, start_s, SEGMENT_S, input_of(path)),
    ]  # fmt: skip


def small_frames(
    path: Path, info: MediaInfo, scale: float, start_s: int, runner: ToolRunner
) -> NDArray[np.uint8]:
    """Frames [F, H, W, 3] blue-green-red of one segment, ``FPS`` a second, ``scale`` times as
    large as they are shown; none after the end.

    Raises ContentError when they cannot be decoded.
    """
    wide_px, high_px = (max(_LEAST_PX, round(side * scale)) for side in info.display_size_px)
    colours = to_standard_colours(info)
    steps = [*upright(info), *([colours] if colours else [])]
    steps += [f"fps={FPS}", f"scale={wide_px}:{high_px}:flags=area"]
    command = [*segment_of(path, start_s, info), "-map", "0:V:0", "-vf", ",".join(steps)]
    command += ["-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"]
    done = runner.run(command, path, TIMEOUT_S)
    if done.returncode != 0 or len(done.stdout) % (wide_px * high_px * 3):
        raise ContentError(
            f"{shown(path)} cannot be decoded ({last_line(done.stderr, input_of(path))});"
            " re-encode the file"
        )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, high_px, wide_px, 3)
