"""From a painted scene to a clip: every frame once, dithered, through x264, with a poster."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.content.starter.canvas import FPS, HEIGHT, WIDTH, Floats
from appliance.content.thumbnail import make_thumbnail
from appliance.errors import ContentError

POSTER_WIDTH_PX: Final = 640
MAX_CLIP_BYTES: Final = 600_000
MAX_POSTER_BYTES: Final = 40_000


class Scene(Protocol):
    """Something that can be painted at any moment of its loop."""

    duration_s: float

    def frame(self, phase: float) -> Floats:
        """The picture, float32 (720, 1280, 3), 0..1, at `phase` 0..1; 1 would be 0 again."""


def render(scene: Scene, out: Path, crf: int, advance: Callable[[], None]) -> None:
    """Paint and encode a scene to `out` (MP4) and its poster beside it (JPEG).

    `crf` is x264's constant quality, lower is better; `advance` is called after each frame.
    Raises ContentError when ffmpeg fails or a file grows too large for the library.
    """
    total = round(scene.duration_s * FPS)
    dither = _dither()
    encoder = _encoder(out, crf)
    assert encoder.stdin is not None
    try:
        for index in range(total):
            picture = to_bytes(scene.frame(index / total), dither)
            encoder.stdin.write(picture.tobytes())
            advance()
        _, complaint = encoder.communicate()
    except BrokenPipeError:
        # The encoder has stopped; what it had to say is told below.
        _, complaint = encoder.communicate()
    finally:
        encoder.kill()
    if encoder.returncode != 0:
        said = complaint.decode("utf-8", errors="replace").strip().rpartition("\n")[2]
        raise ContentError(f"ffmpeg could not encode {out.name}: {said}; check free space")
    poster = out.with_suffix(".jpg")
    make_thumbnail(out, poster, POSTER_WIDTH_PX)
    for path, limit in ((out, MAX_CLIP_BYTES), (poster, MAX_POSTER_BYTES)):
        size = path.stat().st_size
        if size > limit:
            raise ContentError(f"{path.name} has {size} bytes, {limit} is the most; raise its crf")


def to_bytes(canvas: Floats, dither: Floats) -> NDArray[np.uint8]:
    """Eight bits a channel; the fixed dither breaks up what would be bands in soft gradients."""
    return np.clip(canvas * np.float32(255) + dither, 0, 255).astype(np.uint8)


def _dither() -> Floats:
    """The same fine grain in every frame, about one level: a still grain costs the video little."""
    rng = np.random.default_rng(7)
    shape = (HEIGHT, WIDTH, 1)
    triangle = rng.random(shape, dtype=np.float32) - rng.random(shape, dtype=np.float32)
    return np.asarray(0.5 + 1.1 * triangle, dtype=np.float32)


def _encoder(out: Path, crf: int) -> subprocess.Popen[bytes]:
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "pipe:0", "-an"]
    command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"]
    for name in ("-color_primaries", "-color_trc", "-colorspace"):
        command += [name, "bt709"]
    command += ["-c:v", "libx264", "-profile:v", "high", "-level", "3.1", "-preset", "medium"]
    # One key frame, a good one: still parts keep its grain all through the loop.
    # One thread: the same bytes on every machine with this ffmpeg.
    options = f"keyint={FPS * 20}:ipratio=1.8:aq-mode=3:deadzone-intra=6:threads=1"
    command += ["-crf", str(crf), "-x264-params", options]
    command += ["-movflags", "+faststart", "-fflags", "+bitexact", "-map_metadata", "-1"]
    command.append(f"file:{out.absolute()}")
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError as exc:
        raise ContentError(
            "ffmpeg is not installed; install it with apt-get install ffmpeg"
        ) from exc
