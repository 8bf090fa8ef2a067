"""ffmpeg's filters that bring any film's pictures to what a screen shows: whole frames, square
pixels, nothing to see through. ffmpeg turns them upright by itself, before any filter."""

from __future__ import annotations

from typing import Final

from appliance.content.media_info import MediaInfo

GROUND: Final = 255
"""White shows through pictures that can be seen through, as it does for photographs."""
_INDEXED: Final = frozenset({"mp4", "mov", "webm", "matroska"})


def upright(info: MediaInfo, mark: str = "") -> list[str]:
    """Filters in their order, empty where nothing is to do; the size changes only by the pixels.

    ``mark`` tells the labels of several films in one graph apart.
    """
    filters = []
    if info.is_interlaced:
        filters.append("bwdif=mode=send_frame:deint=interlaced")
    if info.has_alpha:
        filters.append(_on_ground(mark))
    if info.pixel_aspect != 1.0:
        filters += ["scale=w='trunc(iw*sar/2)*2':h=ih", "setsar=1"]
    return filters


def _on_ground(mark: str) -> str:
    ground, top, painted = (f"{name}{mark}" for name in ("ground", "top", "painted"))
    # White by a table: drawbox cannot be relied on in pictures with transparency (ffmpeg 5.1).
    return (
        f"format=gbrap,split[{ground}][{top}];"
        f"[{ground}]lutrgb=r={GROUND}:g={GROUND}:b={GROUND}:a=255[{painted}];"
        f"[{painted}][{top}]overlay=format=gbrp"
    )


def ends_in_rgb(info: MediaInfo) -> bool:
    """Whether the pictures are red, green and blue behind these filters."""
    return info.is_rgb or info.has_alpha


def decoder_of(info: MediaInfo) -> list[str]:
    """Options before ``-i``: ffmpeg's own decoders of VP8 and VP9 leave transparency out."""
    if not info.has_hidden_alpha:
        return []
    return ["-c:v", "libvpx-vp9" if info.video_codec == "vp9" else "libvpx"]


def is_indexed(info: MediaInfo) -> bool:
    """Whether ffmpeg finds the pictures of any moment by itself.

    In transport streams it finds none between two key frames (ffmpeg 5.1).
    """
    return info.container in _INDEXED


def cut_of(info: MediaInfo, start_s: float, length_s: float, source: str) -> list[str]:
    """Options, the last before the output's, that read a stretch of a film from ``start_s`` on.

    Where there is no index all before the stretch is decoded and dropped.
    """
    times = ["-ss", f"{start_s:.3f}", "-t", f"{length_s:.3f}"]
    return [*times, "-i", source] if is_indexed(info) else ["-i", source, *times]
