"""What the panel plays smoothly, and what of a file has to be made anew for that."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from appliance.content.media_info import MediaInfo

LONG_SIDE_PX: Final = 1920
SHORT_SIDE_PX: Final = 1080
MAX_FPS: Final = 30
# 4.1 holds 1920x1080 at 30 frames a second (ITU-T H.264 table A-1); ffprobe writes it as 41.
_H264_MAX_LEVEL: Final = 41
_H264_PROFILES: Final = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})
# Full-range yuvj420p is the same layout; browsers play both.
_PIX_FMTS: Final = frozenset({"yuv420p", "yuvj420p"})
_FPS_SLACK: Final = 0.5
_MAX_BOXES: Final = 64


def why_encode_video(info: MediaInfo) -> str | None:
    """Why the pictures must be encoded anew, in a few words; None: they play as they are.

    The panel is Debian's Chromium on a Raspberry Pi, whose decoder is made for H.264: High
    profile, level 4.1, 8-bit 4:2:0, 1920x1080 or 1080x1920 at 30 frames a second.
    """
    width_px, height_px = info.display_size_px
    if info.video_codec != "h264":
        return f"it holds {info.video_codec or 'an unknown codec'}"
    if info.profile not in _H264_PROFILES:
        return f"H.264 profile {info.profile or 'unknown'}"
    if not 0 < info.level <= _H264_MAX_LEVEL:
        return f"H.264 level {info.level / 10:.1f}"
    if info.pix_fmt not in _PIX_FMTS:
        return f"pixel format {info.pix_fmt or 'unknown'}"
    if max(width_px, height_px) > LONG_SIDE_PX or min(width_px, height_px) > SHORT_SIDE_PX:
        return f"{width_px}x{height_px}"
    if not 0 < info.fps <= MAX_FPS + _FPS_SLACK:
        return f"{info.fps:g} frames a second"
    if info.rotation:
        return f"turned by {info.rotation} degrees"
    if info.is_interlaced:
        return "interlaced"
    return why_recolour(info)


def why_recolour(info: MediaInfo) -> str | None:
    """Why the colours must be brought to the display's; None: they are."""
    if info.is_hdr:
        return "high dynamic range"
    return "wide colours" if info.is_wide else None


def why_encode_sound(info: MediaInfo) -> str | None:
    """Why the sound must be encoded anew, its loudness apart; None: it plays, or there is none."""
    if info.has_audio and info.audio_codec != "aac":
        return f"{info.audio_codec or 'unknown'} sound"
    return None


def why_rewrap(info: MediaInfo, path: Path) -> str | None:
    """Why the container must be written anew, without loss; None: it is as the panel likes it."""
    if info.container != "mp4":
        return f"{info.container} container"
    if info.duration_s <= 0.0:
        return "it states no duration"
    return None if _begins_with_index(path) else "its index is at the end"


def _begins_with_index(path: Path) -> bool:
    """The ``moov`` box stands before ``mdat`` (ISO/IEC 14496-12, 4.2): playing starts at once."""
    with path.open("rb") as file:
        for _ in range(_MAX_BOXES):
            header = file.read(16)
            size, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if kind in (b"moov", b"mdat"):
                return kind == b"moov"
            if size == 1:
                size = int.from_bytes(header[8:16], "big")
            if size < 8 or len(header) < 8:
                return False
            file.seek(size - len(header), 1)
    return False
