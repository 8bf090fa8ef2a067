"""Writes a clip as the panel plays it: H.264 High 4.1, 8-bit 4:2:0, AAC, index first."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.content.colours import to_standard_colours
from appliance.content.loudness import IN_TIME
from appliance.content.media_info import MediaInfo
from appliance.content.panel_format import LONG_SIDE_PX, MAX_FPS, SHORT_SIDE_PX
from appliance.content.tool_runner import (
    FOREGROUND,
    SAFE_INPUT,
    Position,
    ToolRunner,
    input_of,
    is_full_disk,
    last_line,
    shown,
)
from appliance.content.upright import decoder_of, ends_in_rgb, upright
from appliance.errors import ContentError

MAX_VIDEO_BITS_PER_S: Final = 8_000_000
_BURST_BITS: Final = 2 * MAX_VIDEO_BITS_PER_S
"""The encoder may be ahead of that rate by so much."""
_AUDIO_BITS_PER_S: Final = 192_000

H264: Final = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20"),
    *("-profile:v", "high", "-level:v", "4.1", "-pix_fmt", "yuv420p"),
    *("-maxrate", str(MAX_VIDEO_BITS_PER_S), "-bufsize", str(_BURST_BITS)),
)
AAC: Final = ("-c:a", "aac", "-b:a", str(_AUDIO_BITS_PER_S), "-ac", "2", "-ar", "48000")
BT709: Final = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make anew; what is not named is copied without loss."""

    encodes_video: bool
    encodes_sound: bool
    sound_filter: str | None = None
    loops: int = 1
    """How often a short moving picture is shown one after the other."""
    still_s: float | None = None
    """The source is one picture, a PNG, to be shown for so long."""
    is_damaged: bool = False
    """In a few places that the decoder mends as it can: they are no reason to stop."""
    cut_at_s: float | None = None
    """Where the pictures end and the sound would go on."""

    def bytes_needed(self, info: MediaInfo, source_bytes: int) -> int:
        """The most that the result may take, in bytes."""
        bits_per_s = MAX_VIDEO_BITS_PER_S + _AUDIO_BITS_PER_S
        duration_s = self.still_s or info.duration_s * self.loops
        encoded = math.ceil((duration_s * bits_per_s * 1.05 + _BURST_BITS) / 8)
        if self.encodes_video:
            return encoded
        return source_bytes + math.ceil(duration_s * _AUDIO_BITS_PER_S / 8)


def transcode(
    path: Path,
    info: MediaInfo,
    recipe: Recipe,
    out: Path,
    *,
    max_duration_s: float,
    runner: ToolRunner = FOREGROUND,
    report: Callable[[Position], None] = lambda position: None,
) -> None:
    """Write ``out`` (MP4), without the source's place, date and device.

    Raises ContentError when the source cannot be decoded or the result not written; what is
    half-written stays for the caller to delete.
    """
    source = input_of(path)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    command += [] if recipe.is_damaged else ["-xerror"]
    command += [*_input(info, recipe), "-i", source, "-map", "0:V:0"]
    command += ["-map", f"0:a:{info.sound_track}?"]
    command += ["-map_metadata", "-1", "-map_chapters", "-1"]
    command += _video(info, recipe) if recipe.encodes_video else ["-c:v", "copy"]
    command += _sound(recipe) if recipe.encodes_sound else ["-c:a", "copy"]
    longest_s = min(max_duration_s + 1, recipe.cut_at_s or math.inf)
    command += ["-t", f"{recipe.still_s or longest_s:.3f}"]
    command += ["-movflags", "+faststart", "-f", "mp4", f"file:{out.absolute()}"]
    done, _ = runner.follow(command, path, report)
    if is_full_disk(done.stderr):
        raise ContentError(f"the disk is full, so {shown(path)} could not be taken in; free space")
    if done.returncode != 0:
        raise ContentError(
            f"{shown(path)} could not be converted ({last_line(done.stderr, source)});"
            " convert it by hand and add the result"
        )


def _input(info: MediaInfo, recipe: Recipe) -> tuple[str, ...]:
    if info.container == "png":
        return ("-protocol_whitelist", "file", "-framerate", "25", "-f", "png_pipe")
    loops = ("-stream_loop", str(recipe.loops - 1)) if recipe.loops > 1 else ()
    return (*decoder_of(info), *SAFE_INPUT, *loops)


def _video(info: MediaInfo, recipe: Recipe) -> list[str]:
    filters = upright(info)
    colours = to_standard_colours(info)
    if recipe.still_s is not None:
        filters.append("loop=loop=-1:size=1")
    elif not 0 < info.fps <= MAX_FPS:
        filters.append(f"fps={MAX_FPS}")
    filters.append(_fitting(info))
    if colours is not None:
        # After the fitting: it is the dearest step, and a film may have four times the pixels.
        filters.append(colours)
    filters += ["setsar=1", "format=yuv420p"]
    encoder = [*H264, *(BT709 if ends_in_rgb(info) or colours is not None else ())]
    if recipe.still_s is not None:
        encoder += ["-tune", "stillimage"]
    return ["-vf", ",".join(filters), *encoder]


def _fitting(info: MediaInfo) -> str:
    """Into 1920x1080, or 1080x1920 where it is higher than wide; never enlarged, even sides."""
    wide = f"if(gte(dar,1),{LONG_SIDE_PX},{SHORT_SIDE_PX})"
    high = f"if(gte(dar,1),{SHORT_SIDE_PX},{LONG_SIDE_PX})"
    share = f"min(1,min({wide}/(iw*sar),{high}/ih))"
    matrix = ":out_color_matrix=bt709" if ends_in_rgb(info) else ""
    return (
        f"scale=w='max(2,trunc(iw*sar*{share}/2)*2)':h='max(2,trunc(ih*{share}/2)*2)'"
        f":flags=bicubic{matrix}"
    )


def _sound(recipe: Recipe) -> list[str]:
    return ["-af", recipe.sound_filter or IN_TIME, *AAC]
