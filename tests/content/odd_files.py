"""Files as people bring them, made by ffmpeg: small, short and odd."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
FAST_START = ("-movflags", "+faststart")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")


def encode(out: Path, *arguments: str) -> Path:
    """Run ffmpeg with these arguments and ``out`` as its output."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments, f"file:{out}"]
    subprocess.run(command, check=True)
    return out


def picture(size: str = "320x180", fps: int = 25, duration_s: float = 1) -> tuple[str, ...]:
    """A moving test pattern as ffmpeg's input."""
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}:duration={duration_s}")


def tone(gain_db: float = 0, duration_s: float = 1) -> tuple[str, ...]:
    """A sine as ffmpeg's input, about -18 dBFS before the gain."""
    return ("-f", "lavfi", "-i", f"sine=frequency=440:duration={duration_s},volume={gain_db}dB")


def streams(path: Path) -> dict[str, dict[str, Any]]:
    """What ffprobe says of the file's streams, by "video" and "audio"."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", str(path)]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {stream["codec_type"]: stream for stream in report["streams"]}


def loudness_lufs(path: Path) -> float:
    """Integrated loudness by ffmpeg's ``ebur128``, which is not what the unit measures with."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-vn", "-af"]
    command += ["aformat=channel_layouts=stereo,ebur128", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+|-inf) LUFS", said)[-1])
