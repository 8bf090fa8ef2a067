"""How loud a clip is and what brings it to the loudness that all clips share (EBU R 128)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.content.tool_runner import (
    FOREGROUND,
    SAFE_INPUT,
    Position,
    ToolRunner,
    input_of,
    last_line,
    shown,
)
from appliance.errors import ContentError

TARGET_LUFS: Final = -16.0
TOLERANCE_LU: Final = 1.0
_PEAK_DBTP: Final = -1.5
_RANGE_LU: Final = 11.0
# Quieter is a microphone's noise; 34 LU more would be hiss from the panel.
_SILENT_LUFS: Final = -50.0
# Holes and a late beginning become silence: loudnorm counts samples and would close them, so that
# what follows came early (ffmpeg 5.1 and 7.1).
IN_TIME: Final = "aresample=async=1:first_pts=0"
# Measured and changed as it will be heard: the panel has two loudspeakers at most.
_STEREO: Final = f"{IN_TIME},aformat=channel_layouts=stereo"
_TARGET: Final = f"loudnorm=I={TARGET_LUFS:g}:TP={_PEAK_DBTP:g}:LRA={_RANGE_LU:g}"


@dataclass(frozen=True, slots=True)
class Loudness:
    """What ``loudnorm`` measures (ITU-R BS.1770); minus infinity where nothing is heard."""

    integrated_lufs: float
    true_peak_dbtp: float
    range_lu: float
    threshold_lufs: float
    offset_lu: float

    @property
    def is_silent(self) -> bool:
        """Nothing that should be made louder."""
        return not self.integrated_lufs > _SILENT_LUFS

    @property
    def is_right(self) -> bool:
        """Within 1 LU of the target, or silent: it stays as it is."""
        return self.is_silent or abs(self.integrated_lufs - TARGET_LUFS) <= TOLERANCE_LU

    @property
    def correction(self) -> str:
        """ffmpeg's audio filter that brings this sound to the target."""
        return (
            f"{_STEREO},{_TARGET}:linear=true"
            f":measured_I={self.integrated_lufs:.2f}:measured_TP={self.true_peak_dbtp:.2f}"
            f":measured_LRA={self.range_lu:.2f}:measured_thresh={self.threshold_lufs:.2f}"
            f":offset={self.offset_lu:.2f},aresample=48000"
        )


def measure_loudness(
    path: Path,
    *,
    max_duration_s: float = 86_400.0,
    sound_track: int = 0,
    runner: ToolRunner = FOREGROUND,
    report: Callable[[Position], None] = lambda position: None,
) -> Loudness:
    """Measure one of a file's audio streams.

    Raises ContentError when there is none or it cannot be decoded.
    """
    source = input_of(path)
    # loudnorm prints what it measured at this level, and only there.
    command = ["ffmpeg", "-hide_banner", "-nostats", "-v", "info", "-nostdin", *SAFE_INPUT]
    command += ["-i", source, "-map", f"0:a:{sound_track}", "-t", f"{max_duration_s + 1:.3f}"]
    command += ["-af", f"{_STEREO},{_TARGET}:print_format=json", "-f", "null", "-"]
    done, _ = runner.follow(command, path, report)
    text = done.stderr.decode("utf-8", errors="replace")
    try:
        measured = json.loads(text[text.rindex("{") : text.rindex("}") + 1])
        values = [
            float(measured[f"{name}"])
            for name in ("input_i", "input_tp", "input_lra", "input_thresh", "target_offset")
        ]
    except (ValueError, KeyError, TypeError) as exc:
        raise ContentError(
            f"the loudness of {shown(path)} cannot be measured"
            f" ({last_line(done.stderr, source)}); re-encode the file"
        ) from exc
    if any(math.isnan(value) for value in values):
        raise ContentError(f"the loudness of {shown(path)} is no number; re-encode the file")
    return Loudness(*values)
