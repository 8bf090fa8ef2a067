"""What a media file is and whether the panel can play it: the one adapter to ffprobe and ffmpeg.

Files come from anybody's memory stick, so nothing in them is believed: only regular files are
opened, only containers of one self-contained video are read (never a playlist, which could name
other files or hosts), no shell is involved and every run has a time limit.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.content.media_info import MediaInfo, info_from_report, why_not_playable
from appliance.errors import ContentError

__all__ = [
    "MediaInfo",
    "decode_check",
    "make_thumbnail",
    "probe",
    "sha256_of",
    "why_not_playable",
]

PROBE_TIMEOUT_S: Final = 30.0
DECODE_TIMEOUT_S: Final = 600.0
THUMBNAIL_TIMEOUT_S: Final = 60.0

# Demuxers of self-contained video files. Playlists (hls, dash, concat) and picture sequences,
# which open further files by name, are not among them.
_READABLE_FORMATS: Final = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,gif,h264,hevc,ivf"
_SAFE_INPUT: Final = ("-protocol_whitelist", "file", "-format_whitelist", _READABLE_FORMATS)


def probe(path: Path) -> MediaInfo:
    """Read the headers of a video file; its frames are not decoded (see `decode_check`).

    Raises ContentError when there is no such regular file, when it is empty, is no video this
    unit reads, has no video stream, or when ffprobe is missing or takes longer than 30 s.
    """
    source = _input_of(path)
    command = ["ffprobe", "-v", "error", *_SAFE_INPUT, "-of", "json", "-show_format"]
    command += ["-show_streams", "-i", source]
    done = _run(command, path, PROBE_TIMEOUT_S)
    if done.returncode != 0:
        raise ContentError(
            f"{_shown(path)} is not a video this unit can read ({_last_line(done.stderr, source)});"
            " give an MP4 or WebM file"
        )
    try:
        report = json.loads(done.stdout)
        with path.open("rb") as file:
            info = info_from_report(report, file.read(64))
    except (OSError, ValueError) as exc:
        raise ContentError(
            f"ffprobe gave no readable report on {_shown(path)}; re-encode the file"
        ) from exc
    if info is None:
        raise ContentError(f"{_shown(path)} holds no video; give an MP4 or WebM file with pictures")
    return info


def decode_check(path: Path, timeout_s: float = DECODE_TIMEOUT_S) -> None:
    """Decode the first video and audio stream to the end; headers alone do not show damage.

    Raises ContentError when any part cannot be decoded, the file is cut short, or decoding
    takes longer than `timeout_s`.
    """
    source = _input_of(path)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-xerror", *_SAFE_INPUT, "-i", source]
    command += ["-map", "0:V:0", "-map", "0:a:0?", "-f", "null", "-"]
    done = _run(command, path, timeout_s)
    if done.returncode != 0:
        raise ContentError(
            f"{_shown(path)} is damaged or cut short ({_last_line(done.stderr, source)});"
            " copy it again from its source or re-encode it"
        )


def make_thumbnail(path: Path, out_jpeg: Path, width_px: int) -> None:
    """Write one frame, a third of the way in, as a JPEG at most `width_px` wide.

    Upright and with square pixels; `out_jpeg` appears complete or not at all.
    Raises ContentError when no frame can be decoded or the JPEG cannot be written.
    """
    info = probe(path)
    source = _input_of(path)
    picture = (
        f"scale=w='trunc(min({width_px},iw*sar)/2)*2':h='trunc(ow/dar/2)*2'"
        ":flags=lanczos:out_range=full,format=yuvj420p,setsar=1"
    )
    command = ["ffmpeg", "-v", "error", "-nostdin", *_SAFE_INPUT]
    command += ["-ss", f"{info.duration_s / 3:.3f}", "-i", source, "-map", "0:V:0"]
    command += ["-frames:v", "1", "-vf", picture, "-c:v", "mjpeg", "-q:v", "4"]
    command += ["-f", "image2pipe", "pipe:1"]
    done = _run(command, path, THUMBNAIL_TIMEOUT_S)
    if done.returncode != 0 or not done.stdout:
        raise ContentError(
            f"no picture could be taken from {_shown(path)}"
            f" ({_last_line(done.stderr, source)}); check that it plays"
        )
    _write_whole(out_jpeg, done.stdout)


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, 64 lower-case hexadecimal digits; ContentError if unreadable."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as exc:
        raise ContentError(f"{_shown(path)} cannot be read ({exc}); check path and rights") from exc


def _input_of(path: Path) -> str:
    """ffmpeg's name for the file: absolute and explicit, so no file name reads as an option."""
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ContentError(f"{_shown(path)}: {reason}; check path and rights") from exc
    if stat.S_ISDIR(status.st_mode):
        raise ContentError(f"{_shown(path)} is a folder; give one video file")
    if not stat.S_ISREG(status.st_mode):
        raise ContentError(f"{_shown(path)} is no regular file; give one video file")
    if status.st_size == 0:
        raise ContentError(f"{_shown(path)} is empty; copy it again from its source")
    return f"file:{path.absolute()}"


def _run(
    command: Sequence[str], path: Path, timeout_s: float
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError as exc:
        raise ContentError(
            f"{command[0]} is not installed; install it with apt-get install ffmpeg"
        ) from exc
    except subprocess.TimeoutExpired as exc:
        raise ContentError(
            f"{command[0]} did not finish {_shown(path)} within {timeout_s:g} s;"
            " shorten or re-encode the file"
        ) from exc


def _shown(path: Path) -> str:
    """The path fit for a one-line message: line breaks and undecodable bytes become "?"."""
    return "".join(char if char.isprintable() else "?" for char in str(path))


def _last_line(stderr: bytes, source: str) -> str:
    """ffmpeg's last complaint in one short line, without the path and its own addresses."""
    text = stderr.decode("utf-8", errors="replace").replace(f"{source}: ", "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "no reason given"
    line = lines[-1].rpartition("] ")[2]
    return "".join(char for char in line if char.isprintable())[:160]


def _write_whole(path: Path, content: bytes) -> None:
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
            f"{_shown(path)} cannot be written ({exc.strerror}); check folder and free space"
        ) from exc
