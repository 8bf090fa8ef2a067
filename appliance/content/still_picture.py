"""Still pictures as people have them, made ready to be shown for some seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from appliance.content.media_info import MediaInfo
from appliance.content.panel_format import LONG_SIDE_PX, SHORT_SIDE_PX
from appliance.content.thumbnail import write_whole
from appliance.content.tool_runner import input_of, shown
from appliance.errors import ContentError, PictureError
from appliance.inference.picture_file import read_picture
from appliance.inference.picture_header import is_avif, is_heif

_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*")
_LEAST_SIDE_PX: Final = 16


def is_still_picture(path: Path) -> bool:
    """By its first bytes a JPEG, PNG, WebP, HEIC, AVIF, BMP or TIFF.

    Raises ContentError for no regular file.
    """
    input_of(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as exc:
        raise ContentError(f"{shown(path)} cannot be read ({exc.strerror}); check it") from exc
    is_webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return is_webp or is_heif(head) or is_avif(head) or head.startswith(_BEGINNINGS)


def write_upright_png(path: Path, out_png: Path) -> MediaInfo:
    """Write the picture turned as its camera meant it, no larger than the panel; say what it is.

    Transparency is shown on white. Raises ContentError when it is damaged, too large or so
    narrow that nothing would be seen.
    """
    try:
        picture = read_picture(path)
    except PictureError as exc:
        raise ContentError(str(exc)) from exc
    height_px, width_px = picture.shape[:2]
    if min(height_px, width_px) < _LEAST_SIDE_PX:
        raise ContentError(
            f"{shown(path)} is only {width_px}x{height_px} pixels; give a larger one"
        )
    box = (LONG_SIDE_PX, SHORT_SIDE_PX)
    most_wide_px, most_high_px = box if width_px >= height_px else box[::-1]
    share = min(1.0, most_wide_px / width_px, most_high_px / height_px)
    size_px = max(2, round(width_px * share)), max(2, round(height_px * share))
    if share < 1.0:
        picture = np.asarray(cv2.resize(picture, size_px, interpolation=cv2.INTER_AREA), np.uint8)
    is_ok, png = cv2.imencode(".png", picture)
    if not is_ok:
        raise ContentError(f"{shown(path)} could not be converted; save it as JPEG")
    write_whole(out_png, png.tobytes())
    return MediaInfo(
        container="png",
        video_codec="png",
        profile="",
        level=0,
        pix_fmt="bgr24",
        width_px=size_px[0],
        height_px=size_px[1],
        fps=0.0,
        duration_s=0.0,
        has_audio=False,
        audio_codec="",
        rotation=0,
    )
