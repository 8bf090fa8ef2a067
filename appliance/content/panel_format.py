"""What the panel plays smoothly, and what of a file has to be made anew for that."""

from __future__ import annotations

from collections.abc import Sequence
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
_MAX_INDEX_BYTES: Final = 32_000_000
# Everything that playing needs (ISO/IEC 14496-12, table 1); cameras add boxes of their own.
_PLAIN_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})


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
    if info.pixel_aspect != 1.0:
        return "pixels that are not square"
    if info.has_alpha:
        return "transparent"
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
    boxes = _boxes(path)
    kinds = [kind for kind, _ in boxes]
    if not _begins_with_index(kinds):
        return "its index is at the end"
    if info.says_more or set(kinds) - _PLAIN_BOXES or _says_more_inside(path, boxes):
        return "it says more than pictures and sound"
    return None


def _begins_with_index(kinds: Sequence[bytes]) -> bool:
    """The ``moov`` box stands before ``mdat`` (ISO/IEC 14496-12, 4.2): playing starts at once."""
    first = next((kind for kind in kinds if kind in (b"moov", b"mdat")), None)
    return first == b"moov"


def _boxes(path: Path) -> list[tuple[bytes, range]]:
    """The outermost boxes: kind, and where in the file their content lies."""
    found: list[tuple[bytes, range]] = []
    with path.open("rb") as file:
        end = file.seek(0, 2)
        place = 0
        while place < end and len(found) < _MAX_BOXES:
            file.seek(place)
            header = file.read(16)
            size, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if size == 1:
                size = int.from_bytes(header[8:16], "big")
            elif size == 0:
                size = end - place
            if size < 8 or len(header) < 8:
                return [*found, (b"", range(0))]
            found.append((kind, range(place + 8, min(place + size, end))))
            place += size
    return found


def _says_more_inside(path: Path, boxes: Sequence[tuple[bytes, range]]) -> bool:
    """Boxes of their own in the index, where cameras write place, owner and device.

    Of what is in ``meta`` ffprobe reports the tags.
    """
    with path.open("rb") as file:
        for kind, place in boxes:
            if kind == b"moov":
                file.seek(place.start)
                index = file.read(min(len(place), _MAX_INDEX_BYTES))
                return b"uuid" in index or bool(_user_data(index) - {b"meta"})
    return False


def _user_data(index: bytes) -> set[bytes]:
    """Kinds of the boxes in every ``udta`` of an index."""
    found: set[bytes] = set()
    place = index.find(b"udta")
    while place >= 4:
        end = place - 4 + int.from_bytes(index[place - 4 : place], "big")
        inside = place + 4
        while inside + 8 <= min(end, len(index)):
            found.add(index[inside + 4 : inside + 8])
            inside += max(8, int.from_bytes(index[inside : inside + 4], "big"))
        place = index.find(b"udta", place + 4)
    return found
