"""Still pictures as people have them, made ready to be shown for some seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2

from appliance.content.media_info import MediaInfo
from appliance.content.panel_format import LONG_SIDE_PX, SHORT_SIDE_PX
from appliance.content.thumbnail import write_whole
from appliance.content.tool_runner import input_of, shown
from appliance.errors import ContentError, PictureError
from appliance.pictures.kind import HEAD_BYTES, Kind, is_heif_sequence, kind_of
from appliance.pictures.limits import Box
from appliance.pictures.reader import PictureFacts, PictureReader

PANEL: Final = Box(LONG_SIDE_PX, SHORT_SIDE_PX)
_LEAST_SIDE_PX: Final = 16


def is_picture(path: Path) -> bool:
    """By its first bytes a JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP or TIFF, whether it moves or not.

    Sequences of HEIC are films, which ffmpeg reads. Raises ContentError for no regular file.
    """
    return _kind_of(path) is not None and not is_heif_sequence(path)


def is_gif(path: Path) -> bool:
    """Raises ContentError for no regular file."""
    return _kind_of(path) is Kind.GIF


def _kind_of(path: Path) -> Kind | None:
    input_of(path)
    try:
        with path.open("rb") as file:
            return kind_of(file.read(HEAD_BYTES))
    except OSError as exc:
        raise ContentError(f"{shown(path)} cannot be read ({exc.strerror}); check it") from exc


def picture_facts(path: Path, reader: PictureReader) -> PictureFacts:
    """Size and frames; ContentError for no picture, or one in which nothing would be seen."""
    try:
        facts = reader.facts(path)
    except PictureError as exc:
        raise ContentError(str(exc)) from exc
    if min(facts.width_px, facts.height_px) < _LEAST_SIDE_PX:
        raise ContentError(
            f"{shown(path)} is only {facts.width_px}x{facts.height_px} pixels; give a larger one"
        )
    return facts


def write_upright_png(path: Path, out_png: Path, reader: PictureReader) -> MediaInfo:
    """Write the picture turned as its camera meant it, no larger than the panel; say what it is.

    Transparency is shown on white. Raises ContentError when it is damaged or too large.
    """
    try:
        picture = reader.read(path, PANEL)
    except PictureError as exc:
        raise ContentError(str(exc)) from exc
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
        width_px=picture.shape[1],
        height_px=picture.shape[0],
        fps=0.0,
        duration_s=0.0,
        has_audio=False,
        audio_codec="",
        rotation=0,
    )
