"""A real clip of one second that takes no time to decode."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def make_tiny_video(path: Path, codec: str = "libx264", duration_s: float = 1.0) -> Path:
    """Encode a test pattern of 160x120 pixels; skips the test where ffmpeg is missing."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed (apt-get install ffmpeg)")
    pattern = f"testsrc=size=160x120:rate=10:duration={duration_s}"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", pattern, "-c:v", codec]
    command += ["-pix_fmt", "yuv420p", "-movflags", "+faststart", f"file:{path}"]
    if codec == "libx265":
        command[-1:-1] = ["-x265-params", "log-level=0"]
    subprocess.run(command, check=True)
    return path
