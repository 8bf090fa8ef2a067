"""Runs ffmpeg and ffprobe: never a shell, always a limit, at low priority or stopped where asked.

Files come from anybody's memory stick, so nothing in them is believed: only regular files are
opened, only containers of one self-contained video are read (never a playlist, which could name
other files or hosts), and no frame larger than `MAX_PIXELS` is decoded.
"""

from __future__ import annotations

import contextlib
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.errors import ContentError

POLL_S: Final = 0.2
"""How soon a request to stop is noticed."""

STALL_S: Final = 120.0
"""A decoder or encoder that gets no further for so long hangs."""

MAX_PIXELS: Final = 64_000_000

# Demuxers of self-contained video files. Playlists (hls, dash, concat) and picture sequences,
# which open further files by name, are not among them.
_READABLE_FORMATS: Final = "mov,matroska,avi,mpegts,mpeg,mpegvideo,flv,ogg,asf,gif,h264,hevc,ivf"
SAFE_INPUT: Final = (
    *("-protocol_whitelist", "file"),
    *("-format_whitelist", _READABLE_FORMATS),
    *("-max_pixels", str(MAX_PIXELS)),
)
_FULL_DISK: Final = b"No space left on device"


class StopRequestedError(ContentError):
    """The unit is stopping; the file was left as it was."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far ffmpeg has come."""

    frames: int = 0
    time_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolRunner:
    """How the tools are run; one for people who wait, another for the unit's background."""

    niceness: int = 0
    """0..19; more gives way to the panel."""
    stop: threading.Event | None = None
    """Once set, what runs is killed and StopRequestedError raised."""

    def raise_if_stopped(self) -> None:
        """Raises StopRequestedError."""
        if self.stop is not None and self.stop.is_set():
            raise StopRequestedError("the unit is stopping; the file was left as it was")

    def run(
        self,
        command: Sequence[str],
        path: Path,
        timeout_s: float,
        has_got_on: Callable[[bytes], bool] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a tool on ``path`` to its end, whatever its exit status.

        ``has_got_on`` is shown all output so far and starts the limit anew by saying yes.
        Raises ContentError when the tool is not installed or the limit is over; then, and after
        Ctrl-C, it is killed.
        """
        self.raise_if_stopped()
        with subprocess.Popen(
            self._in_full(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                return self._wait(process, command, path, timeout_s, has_got_on)
            except BaseException:
                process.kill()
                raise

    def feed(
        self, command: Sequence[str], parts: Iterable[memoryview]
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a tool to its end on what is written to it, whatever its exit status.

        Raises ContentError when it is not installed, and what ``parts`` raises; then, and after
        Ctrl-C, it is killed.
        """
        self.raise_if_stopped()
        with tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                self._in_full(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
            )
            assert process.stdin is not None
            try:
                # A tool that has ended early says why.
                with contextlib.suppress(BrokenPipeError), process.stdin as tool:
                    for part in parts:
                        tool.write(part)
                returncode = process.wait(STALL_S)
            except BaseException as exc:
                process.kill()
                process.wait()
                if isinstance(exc, subprocess.TimeoutExpired):
                    raise ContentError(f"{command[0]} hangs; try again") from exc
                raise
            complaints.seek(0)
            return subprocess.CompletedProcess(command, returncode, b"", complaints.read())

    def follow(
        self, command: Sequence[str], path: Path, report: Callable[[Position], None]
    ) -> tuple[subprocess.CompletedProcess[bytes], Position]:
        """Run ffmpeg, telling its position about twice a second; it may take any time it uses.

        Returns the last position too. Raises ContentError as ``run`` does, and when it gets no
        further for `STALL_S`.
        """
        last = Position()

        def has_got_on(output: bytes) -> bool:
            nonlocal last
            position = _position_in(output)
            if position == last:
                return False
            last = position
            report(last)
            return True

        told = [command[0], "-progress", "pipe:1", "-stats_period", "0.5", *command[1:]]
        done = self.run(told, path, STALL_S, has_got_on)
        has_got_on(done.stdout)
        return done, last

    def _wait(
        self,
        process: subprocess.Popen[bytes],
        command: Sequence[str],
        path: Path,
        timeout_s: float,
        has_got_on: Callable[[bytes], bool] | None,
    ) -> subprocess.CompletedProcess[bytes]:
        end_s = time.monotonic() + timeout_s
        while True:
            try:
                stdout, stderr = process.communicate(timeout=min(POLL_S, timeout_s))
            except subprocess.TimeoutExpired as exc:
                self.raise_if_stopped()
                if has_got_on is not None and exc.output and has_got_on(exc.output):
                    end_s = time.monotonic() + timeout_s
                if time.monotonic() > end_s:
                    raise ContentError(
                        f"{command[0]} did not finish {shown(path)} within {timeout_s:g} s;"
                        " shorten or re-encode the file"
                    ) from exc
            else:
                return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)

    def _in_full(self, command: Sequence[str]) -> list[str]:
        if shutil.which(command[0]) is None:
            raise ContentError(
                f"{command[0]} is not installed; install it with apt-get install ffmpeg"
            )
        full = list(command)
        if self.niceness:
            full = ["nice", "-n", str(self.niceness), *full]
        if shutil.which("setpriv") is not None:
            # A unit that is killed takes its tools with it.
            full = ["setpriv", "--pdeathsig", "KILL", *full]
        return full


FOREGROUND: Final = ToolRunner()


def input_of(path: Path) -> str:
    """ffmpeg's name for the file: absolute and explicit, so no file name reads as an option.

    Raises ContentError for anything but a regular file with something in it.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ContentError(f"{shown(path)}: {reason}; check path and rights") from exc
    if stat.S_ISDIR(status.st_mode):
        raise ContentError(f"{shown(path)} is a folder; give one file")
    if not stat.S_ISREG(status.st_mode):
        raise ContentError(f"{shown(path)} is no regular file; give one file")
    if status.st_size == 0:
        raise ContentError(f"{shown(path)} is empty; copy it again from its source")
    return f"file:{path.absolute()}"


def is_full_disk(stderr: bytes) -> bool:
    """The tool could not write for want of space."""
    return _FULL_DISK in stderr


def full_disk(folder: Path) -> ContentError:
    """What to raise where nothing more fits into a folder."""
    return ContentError(f"the disk of {shown(folder)} is full; free space and try again")


def shown(path: Path) -> str:
    """The path fit for a one-line message: line breaks and undecodable bytes become "?"."""
    return "".join(char if char.isprintable() else "?" for char in str(path))


def last_line(stderr: bytes, source: str) -> str:
    """ffmpeg's last complaint in one short line, without the path and its own addresses."""
    text = stderr.decode("utf-8", errors="replace").replace(f"{source}: ", "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "no reason given"
    line = lines[-1].rpartition("] ")[2]
    return "".join(char for char in line if char.isprintable())[:160]


def _position_in(output: bytes) -> Position:
    """The last complete report of ``ffmpeg -progress`` ("N/A" before the first frame)."""
    whole, mark, _ = output.rpartition(b"progress=")
    if not mark:
        return Position()
    block = whole[whole.rfind(b"progress=") + 1 :].decode("ascii", errors="replace")
    found = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    return Position(_whole(found.get("frame")), _whole(found.get("out_time_us")) / 1e6)


def _whole(text: str | None) -> int:
    number = (text or "").strip()
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
