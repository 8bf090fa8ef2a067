"""What a media file is and whether it decodes to its end: its headers and its frames."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.content.media_info import MediaInfo, info_from_report
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

__all__ = ["MediaInfo", "decode_check", "probe", "sha256_of"]

PROBE_TIMEOUT_S: Final = 30.0
_FIRST_PACKETS: Final = 6
_DAMAGED_SHARE: Final = 0.01
_COMPLAINTS: Final = 4
"""Up to so many complaints of the decoders a film is taken: a hundredth of its frames, and one
damaged place, about which they complain several times."""
# Of clocks that begin anew where streams were joined; nothing of them is seen.
_HARMLESS: Final = re.compile(r"non[- ]monoton|timestamp discontinuity|invalid dropping", re.I)
# Not each frame that leans on a damaged one: those go on to the next key frame.
_DAMAGE: Final = re.compile(r"\[(error|fatal|panic)\]|corrupt input packet")
_LEVEL: Final = re.compile(r"\[(warning|error|fatal|panic)\] ?")
_CUT_SHORT: Final = re.compile(r"partial file|truncat|end of file|premature", re.I)
_CHUNK_BYTES: Final = 1024 * 1024


def probe(path: Path, runner: ToolRunner = FOREGROUND) -> MediaInfo:
    """Read the headers of a video file; its frames are not decoded (see `decode_check`).

    Raises ContentError when there is no such regular file, when it is empty, is no video this
    unit reads, has no video stream, or when ffprobe is missing or takes longer than 30 s.
    """
    try:
        report = json.loads(_report_of(path, ["-show_format", "-show_streams"], runner))
        frames = report.get("frames", [])
        if not any(frame.get("media_type") == "video" for frame in frames):
            # The sound begins first, and fills the first packets.
            report["frames"] = json.loads(_report_of(path, ["-select_streams", "V:0"], runner)).get(
                "frames", []
            )
        with path.open("rb") as file:
            info = info_from_report(report, file.read(64))
    except (OSError, ValueError) as exc:
        raise ContentError(
            f"ffprobe gave no readable report on {shown(path)}; re-encode the file"
        ) from exc
    if info is None:
        raise ContentError(f"{shown(path)} holds no video; give a file with pictures")
    return info


def _report_of(path: Path, wanted: list[str], runner: ToolRunner) -> bytes:
    """ffprobe's, with a few frames: some streams say in these alone that they are interlaced."""
    source = input_of(path)
    command = ["ffprobe", "-v", "error", *SAFE_INPUT, "-of", "json", *wanted]
    command += ["-show_frames", "-read_intervals", f"%+#{_FIRST_PACKETS}"]
    command += ["-show_entries", "frame=media_type,interlaced_frame", "-i", source]
    done = runner.run(command, path, PROBE_TIMEOUT_S)
    if done.returncode != 0:
        raise ContentError(
            f"{shown(path)} is not a video this unit can read ({last_line(done.stderr, source)});"
            " give a video, a GIF or a picture"
        )
    return done.stdout


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file really holds, and how often its decoders complained."""

    frames: int
    time_s: float
    damaged: int = 0


def decode_check(
    path: Path,
    *,
    max_duration_s: float = 86_400.0,
    sound_track: int = 0,
    runner: ToolRunner = FOREGROUND,
    report: Callable[[Position], None] = lambda position: None,
) -> Decoded:
    """Decode the pictures and the sound that is heard to the end; headers do not show damage.

    Returns what there is, at most a little more than ``max_duration_s``: nothing beyond is decoded.
    A few damaged places, as a recording from the air has them, are counted and let pass.
    Raises ContentError when much cannot be decoded, the file is cut short or holds no frame.
    """
    source = input_of(path)
    # A packet that is damaged is a warning to ffmpeg, everything else that counts an error.
    command = ["ffmpeg", "-v", "level+warning", "-nostdin", *SAFE_INPUT, "-i", source]
    command += ["-map", "0:V:0", "-map", f"0:a:{sound_track}?", "-t", f"{max_duration_s + 1:.3f}"]
    command += ["-f", "null", "-"]
    done, end = runner.follow(command, path, report)
    complaints = _complaints(done.stderr)
    is_cut = any(_CUT_SHORT.search(line) for line in complaints)
    if (
        done.returncode != 0
        or is_cut
        or len(complaints) > _COMPLAINTS + _DAMAGED_SHARE * end.frames
    ):
        reason = last_line("\n".join(complaints).encode(), source)
        raise ContentError(
            f"{shown(path)} is damaged or cut short ({reason});"
            " copy it again from its source or re-encode it"
        )
    if end.frames == 0:
        raise ContentError(f"{shown(path)} holds no frames; give a file with pictures")
    return Decoded(end.frames, end.time_s, len(complaints))


def _complaints(said: bytes) -> list[str]:
    """ffmpeg's lines about what is damaged, without their level."""
    lines = said.decode("utf-8", "replace").splitlines()
    return [
        _LEVEL.sub("", line)
        for line in lines
        if _DAMAGE.search(line) and not _HARMLESS.search(line)
    ]


def sha256_of(path: Path, runner: ToolRunner = FOREGROUND) -> str:
    """SHA-256 of the file's bytes, 64 lower-case hexadecimal digits; ContentError if unreadable."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                runner.raise_if_stopped()
                digest.update(chunk)
    except (OSError, ValueError) as exc:
        raise ContentError(f"{shown(path)} cannot be read ({exc}); check path and rights") from exc
    return digest.hexdigest()
