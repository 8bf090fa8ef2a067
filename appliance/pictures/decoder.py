"""The process in which pictures are decoded: anybody's files, so memory and time have limits.

It reads one order a line (JSON) and answers each with a line, behind which raw pixels stand. What
goes wrong with a file is an answer; a decoder that crashes takes nothing but this process along.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image as PillowImage

from appliance.errors import PictureError
from appliance.pictures.decoding import (
    animate,
    decode_first,
    frames_of,
    open_picture,
    upright_size_of,
)
from appliance.pictures.limits import MAX_CPU_S, Box, memory_limit_bytes

_OOM_SCORE: Final = "900"

Answer = tuple[Mapping[str, Any], bytes]
"""What the line says, and the pixels behind it."""


def main() -> None:
    """Answer orders until there are no more."""
    limit_bytes = memory_limit_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        # Where memory is short this process is to go, not the one that asks.
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    for line in sys.stdin.buffer:
        _limit_time()
        for answer, pixels in _answers(json.loads(line), limit_bytes):
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
            sys.stdout.buffer.write(pixels)
        sys.stdout.buffer.flush()


def _limit_time() -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + MAX_CPU_S
    with contextlib.suppress(ValueError):
        # A limit that this process was started with may be lower still.
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _answers(order: Mapping[str, Any], limit_bytes: int) -> Iterator[Answer]:
    size = ""
    try:
        with open_picture(Path(order["path"])) as picture:
            width_px, height_px = picture.size
            size = f"{width_px} x {height_px} pixels"
            yield from _work(order, picture)
    except PictureError as exc:
        yield {"error": str(exc)}, b""
    except MemoryError:
        most_mb = limit_bytes // 1_000_000
        yield (
            {
                "error": f"is {size or 'so large'} and takes more than the {most_mb} MB of memory"
                " that a picture may take here: make it smaller"
            },
            b"",
        )
    except Exception as exc:  # noqa: BLE001 - the process's top: any file gets an answer
        yield {"error": f"is damaged ({_reason(exc)}): copy or save it again"}, b""


def _work(order: Mapping[str, Any], picture: PillowImage.Image) -> Iterator[Answer]:
    box = Box(*order["box"])
    match order["wants"]:
        case "facts":
            width_px, height_px = upright_size_of(picture)
            frames = frames_of(picture)
            yield {"width_px": width_px, "height_px": height_px, "frames": frames}, b""
        case "picture":
            yield _shown(decode_first(picture, box))
        case "frames":
            for shown, duration_ms in animate(picture, box):
                answer, pixels = _shown(shown)
                yield {**answer, "duration_ms": duration_ms}, pixels
            yield {"end": True}, b""


def _shown(picture: PillowImage.Image) -> Answer:
    return {"width_px": picture.width, "height_px": picture.height}, picture.tobytes("raw", "BGR")


def _reason(exc: Exception) -> str:
    text = " ".join(str(exc).split())[:160] or type(exc).__name__
    # Pillow has several words for it.
    return "its end is missing" if "truncated" in text.lower() else text


if __name__ == "__main__":
    os.nice(int(sys.argv[1]))
    main()
