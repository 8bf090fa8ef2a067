"""Single frames of a clip: its thumbnail."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.content.media import probe
from appliance.content.tool_runner import (
    FOREGROUND,
    SAFE_INPUT,
    ToolRunner,
    input_of,
    last_line,
    shown,
)
from appliance.errors import ContentError

FRAME_TIMEOUT_S: Final = 60.0


def make_thumbnail(
    path: Path, out_jpeg: Path, width_px: int, runner: ToolRunner = FOREGROUND
) -> None:
    """Write one frame, a third of the way in, as a JPEG at most `width_px` wide.

    Upright and with square pixels; `out_jpeg` appears complete or not at all.
    Raises ContentError when no frame can be decoded or the JPEG cannot be written.
    """
    write_whole(out_jpeg, frame_at(path, probe(path, runner).duration_s / 3, width_px, runner))


def frame_at(
    path: Path,
    time_s: float,
    width_px: int,
    runner: ToolRunner = FOREGROUND,
    filters: Sequence[str] = (),
) -> bytes:
    """The frame at `time_s` as a JPEG at most `width_px` wide, upright, with square pixels.

    ``filters``: what comes before (see `upright.py` and `colours.py`).
    Where none begins there or later (the last one lasts long) it is an earlier one.
    Raises ContentError when no frame can be decoded.
    """
    source = input_of(path)
    # A JPEG's colours are BT.601 whatever it says; ffmpeg 7 would leave them as the film's are.
    picture = (
        f"scale=w='trunc(min({width_px},iw*sar)/2)*2':h='trunc(ow/dar/2)*2'"
        ":flags=lanczos:out_range=full:out_color_matrix=bt601,format=yuvj420p,setsar=1"
    )
    picture = ",".join([*filters, picture])
    reason = ""
    for earlier_s in (time_s, time_s - 0.2, time_s / 2, 0.0):
        command = ["ffmpeg", "-v", "error", "-nostdin", *SAFE_INPUT]
        command += ["-ss", f"{max(earlier_s, 0.0):.3f}", "-i", source, "-map", "0:V:0"]
        command += ["-frames:v", "1", "-vf", picture, "-c:v", "mjpeg", "-q:v", "4"]
        command += ["-f", "image2pipe", "pipe:1"]
        done = runner.run(command, path, FRAME_TIMEOUT_S)
        if done.returncode == 0 and done.stdout:
            return done.stdout
        reason = last_line(done.stderr, source)
    raise ContentError(f"no picture could be taken from {shown(path)} ({reason}); check it plays")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears complete or not at all; ContentError when it cannot be written."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            # mkstemp keeps its file private; a picture is for the web server too.
            os.chmod(name, 0o644)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError as exc:
        raise ContentError(
            f"{shown(path)} cannot be written ({exc.strerror}); check folder and free space"
        ) from exc
