"""Has pictures read by a process with limits, so that no file takes this one's memory or life."""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from appliance.domain import Image
from appliance.errors import PictureError
from appliance.pictures.limits import MAX_BYTES, MAX_WAIT_S, WHOLE, Box

_POLL_S: Final = 0.2
_CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What is known of a picture without decoding it."""

    width_px: int
    height_px: int
    """As it is seen: upright."""
    frames: int
    """More than one: it moves."""


@dataclass(frozen=True, slots=True)
class PictureFrame:
    """One of the pictures of a moving one."""

    image: Image
    duration_ms: int


class PictureReader:
    """Used by one thread for one picture after the other; the process starts with the first.

    A file that brings the process down costs its own reading alone.
    """

    def __init__(self, niceness: int = 0, check: Callable[[], None] = lambda: None) -> None:
        """``niceness``: 0..19. ``check`` is called about five times a second and may raise."""
        self._niceness = niceness
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None
        self._read = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        self._read.clear()
        if process is not None:
            process.kill()
            process.communicate()

    def facts(self, path: Path) -> PictureFacts:
        """Raises PictureError as ``read`` does, for what the header shows."""
        answer = self._ask(path, "facts", WHOLE)
        return PictureFacts(answer["width_px"], answer["height_px"], answer["frames"])

    def read(self, path: Path, box: Box = WHOLE) -> Image:
        """The picture, or the first of a moving one, as [H, W, 3] blue-green-red.

        Upright, sRGB, transparent parts white, scaled down into ``box``. Raises PictureError
        when the file is missing, empty, no picture, damaged, too large (see `limits.py`) or has
        samples of an unknown kind.
        """
        return self._image(path, self._ask(path, "picture", box))

    def frames(self, path: Path, box: Box = WHOLE) -> Iterator[PictureFrame]:
        """All pictures of a moving one, in order, each as ``read`` would have it."""
        try:
            answer = self._ask(path, "frames", box)
            while "end" not in answer:
                yield PictureFrame(self._image(path, answer), answer["duration_ms"])
                answer = self._answer(path)
        except GeneratorExit:
            # What is on its way belongs to no later order.
            self.close()
            raise

    def _ask(self, path: Path, wants: str, box: Box) -> dict[str, Any]:
        _refuse_unreadable(path)
        order = {
            "path": str(path.absolute()),
            "wants": wants,
            "box": [box.long_side_px, box.short_side_px],
        }
        process = self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise self._died(path) from None
        return self._answer(path)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # One arena: each further one reserves 64 MB of the memory that a picture may take.
            environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
            command = [sys.executable, "-P", "-m", "appliance.pictures.decoder"]
            self._process = subprocess.Popen(
                [*command, str(self._niceness)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return self._process

    def _answer(self, path: Path) -> dict[str, Any]:
        while b"\n" not in self._read:
            self._read += self._some(path)
        line, _, rest = self._read.partition(b"\n")
        self._read = rest
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PictureError(f"{_shown(path)} {answer['error']}")
        return answer

    def _image(self, path: Path, answer: dict[str, Any]) -> Image:
        shape = answer["height_px"], answer["width_px"], 3
        pixels = np.empty(shape, np.uint8)
        room = pixels.reshape(-1).data
        filled = 0
        while filled < len(room):
            part = self._read or self._some(path)
            taken = part[: len(room) - filled]
            room[filled : filled + len(taken)] = taken
            filled += len(taken)
            self._read = bytearray(part[len(taken) :])
        return pixels

    def _some(self, path: Path) -> bytes:
        """What there is to read, or an error when nothing comes any more."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        end_s = time.monotonic() + MAX_WAIT_S
        try:
            while not select.select([process.stdout], [], [], _POLL_S)[0]:
                self._check()
                if time.monotonic() > end_s:
                    raise PictureError(
                        f"{_shown(path)} was not read within {MAX_WAIT_S:g} s: make it smaller"
                    )
        except BaseException:
            self.close()
            raise
        some = os.read(process.stdout.fileno(), _CHUNK_BYTES)
        if not some:
            raise self._died(path)
        return some

    def _died(self, path: Path) -> PictureError:
        assert self._process is not None
        status = self._process.wait()
        self.close()
        if status == -signal.SIGXCPU:
            why = "takes too long to decode: make it smaller"
        elif status == -signal.SIGKILL:
            why = "takes more memory than there is: make it smaller"
        else:
            why = "brings its decoder down: save it again"
        return PictureError(f"{_shown(path)} {why}")


def _refuse_unreadable(path: Path) -> None:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"{_shown(path)} is no file: give a picture")
        if status.st_size == 0:
            raise PictureError(f"{_shown(path)} is empty: give a picture")
        if status.st_size > MAX_BYTES:
            most_mb = MAX_BYTES // 1_000_000
            raise PictureError(f"{_shown(path)} is over {most_mb} MB: make it smaller")
        with path.open("rb"):
            pass
    except OSError as exc:
        raise PictureError(f"{_shown(path)} cannot be read: {exc.strerror}") from exc


def _shown(path: Path) -> str:
    """Fit for a line: line breaks and undecodable bytes become "?"."""
    return "".join(char if char.isprintable() else "?" for char in str(path))
