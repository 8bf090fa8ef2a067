"""Decodes a picture: upright, sRGB, on white, no larger than asked; the file that knows Pillow.

It takes memory as the file says, so it is to run in a process with limits (`decoder.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pi_heif
from PIL import (
    AvifImagePlugin,
    ExifTags,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
)
from PIL import Image as PillowImage

from appliance.errors import PictureError
from appliance.pictures.colours import to_srgb
from appliance.pictures.kind import HEAD_BYTES, Kind, kind_of
from appliance.pictures.limits import MAX_PIXELS, MAX_SCALED_PIXELS, Box
from appliance.pictures.stated_colours import profile_of

# The size is judged below, with a limit and words of our own.
PillowImage.MAX_IMAGE_PIXELS = None
# Notes of 9 MB in a PNG are odd but harmless, where memory has a limit.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY
# Each thread takes memory of its own.
AvifImagePlugin.DEFAULT_MAX_THREADS = 2
pi_heif.register_heif_opener(thumbnails=False, decode_threads=2)

_PROFILE: Final = "the profile of the colours that the file states"
_UPRIGHT: Final = {
    2: PillowImage.Transpose.FLIP_LEFT_RIGHT,
    3: PillowImage.Transpose.ROTATE_180,
    4: PillowImage.Transpose.FLIP_TOP_BOTTOM,
    5: PillowImage.Transpose.TRANSPOSE,
    6: PillowImage.Transpose.ROTATE_270,
    7: PillowImage.Transpose.TRANSVERSE,
    8: PillowImage.Transpose.ROTATE_90,
}
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
_BAND_PIXELS: Final = 4_000_000
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
"""Tags of TIFF 6.0."""
_LEAST_FRAME_MS: Final = 11
_HURRIED_FRAME_MS: Final = 100


def open_picture(path: Path) -> PillowImage.Image:
    """Read the file's header; nothing is decoded yet.

    Raises PictureError for no picture, samples of an unknown kind and one that is too large;
    OSError, ValueError, SyntaxError and others for a damaged one.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = kind_of(head)
    if kind is None:
        raise PictureError(
            "is no picture that can be read: give JPEG, PNG, WebP, HEIC, AVIF, BMP, TIFF"
        )
    if kind is Kind.WEBP:
        # Pillow makes room for the frames while it opens the file.
        _refuse_large(*_webp_size(head), kind)
    if kind is Kind.PNG:
        # It reads a damaged header no further, and "too large" helps more than "damaged".
        _refuse_large(int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"), kind)
    try:
        picture = PillowImage.open(path, formats=(kind.value,))
    except UnidentifiedImageError as exc:
        raise PictureError(
            f"is damaged or a {kind} of a rare kind (its header cannot be read):"
            " save it with 8 bits a channel"
        ) from exc
    _refuse_large(*picture.size, kind)
    picture.info[_PROFILE] = profile_of(picture, path)
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        _refuse_odd_samples(picture)
    if isinstance(picture, PngImagePlugin.PngImageFile):
        _bring_to_8_bits(picture)
    return picture


def upright_size_of(picture: PillowImage.Image) -> tuple[int, int]:
    """(width, height) as the picture is seen."""
    width_px, height_px = picture.size
    is_sideways = _orientation(picture) in _SIDEWAYS
    return (height_px, width_px) if is_sideways else (width_px, height_px)


def frames_of(picture: PillowImage.Image) -> int:
    """How many pictures are shown one after the other; pages and other views are not."""
    if picture.format not in (Kind.AVIF, Kind.GIF, Kind.PNG, Kind.WEBP):
        return 1
    return int(getattr(picture, "n_frames", 1)) - _first_frame(picture)


def decode(picture: PillowImage.Image, box: Box) -> PillowImage.Image:
    """The picture as RGB within ``box``, as a browser shows it on a white page."""
    size = box.fitted(*picture.size)
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        _scale_while_decoding(picture, size)
    picture.load()
    small = _scaled(picture, size, _Grey.of(picture))
    alpha = small.getchannel("A") if small.mode in ("LA", "RGBA") else None
    opaque = small if alpha is None else small.convert(small.mode[:-1])
    shown = to_srgb(opaque, picture.info.get(_PROFILE))
    if alpha is not None:
        shown = PillowImage.composite(shown, PillowImage.new("RGB", shown.size, "white"), alpha)
    turn = _UPRIGHT.get(_orientation(picture))
    return shown if turn is None else shown.transpose(turn)


def decode_first(picture: PillowImage.Image, box: Box) -> PillowImage.Image:
    """The picture that is shown, or the first of a moving one, as ``decode`` has it."""
    if _first_frame(picture):
        picture.seek(_first_frame(picture))
    return decode(picture, box)


def animate(picture: PillowImage.Image, box: Box) -> Iterator[tuple[PillowImage.Image, int]]:
    """(picture, milliseconds it is shown for) in order.

    Frames that ask for less than 11 ms stay for 100 ms, as browsers have it.
    """
    for number in range(_first_frame(picture), int(getattr(picture, "n_frames", 1))):
        picture.seek(number)
        shown = decode(picture, box)
        duration_ms = round(float(picture.info.get("duration") or 0))
        yield shown, duration_ms if duration_ms >= _LEAST_FRAME_MS else _HURRIED_FRAME_MS


def _first_frame(picture: PillowImage.Image) -> int:
    # An animated PNG may begin with a picture for programs that do not know animation.
    return 1 if getattr(picture, "default_image", False) else 0


def _refuse_large(width_px: int, height_px: int, kind: Kind) -> None:
    limit = MAX_SCALED_PIXELS if kind is Kind.JPEG else MAX_PIXELS
    if width_px * height_px > limit:
        raise PictureError(
            f"is {width_px} x {height_px} pixels, more than {limit // 1_000_000}"
            " megapixels: make it smaller"
        )


def _refuse_odd_samples(picture: TiffImagePlugin.TiffImageFile) -> None:
    """Samples that are not plain whole numbers: signed, floating-point, complex."""
    kinds = picture.tag_v2.get(_SAMPLE_FORMAT, (1,))
    if any(kind not in (1, 4) for kind in kinds) or picture.mode in ("F", "I", "LAB"):
        raise PictureError(
            "has samples of a kind that is not shown (signed, floating-point, 32 bits or Lab):"
            " save it with 8 or 16 bits a channel"
        )


def _bring_to_8_bits(picture: PngImagePlugin.PngImageFile) -> None:
    """The transparent colour, which Pillow leaves in the samples of the file."""
    transparent, rawmode = picture.info.get("transparency"), picture.tile[0].args
    if isinstance(transparent, int):
        by = {"L;2": 85.0, "L;4": 17.0, "I;16B": 1 / 256}.get(str(rawmode), 1.0)
        picture.info["transparency"] = int(transparent * by)
    elif isinstance(transparent, tuple) and str(rawmode) == "RGB;16B":
        picture.info["transparency"] = tuple(value >> 8 for value in transparent)


def _webp_size(head: bytes) -> tuple[int, int]:
    """(width, height) by RFC 9649; damaged ones are left to the decoder."""
    if head[12:16] == b"VP8X":
        return (
            int.from_bytes(head[24:27], "little") + 1,
            int.from_bytes(head[27:30], "little") + 1,
        )
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    sides = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
    return sides[0] & 0x3FFF, sides[1] & 0x3FFF


def _orientation(picture: PillowImage.Image) -> int:
    # Pillow falls back on XMP, which browsers do not look into.
    for name in ("xmp", "XML:com.adobe.xmp"):
        picture.info.pop(name, None)
    if picture.format == Kind.WEBP:
        # Nor do they turn a WebP.
        return 1
    orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return orientation if isinstance(orientation, int) else 1


def _scale_while_decoding(picture: JpegImagePlugin.JpegImageFile, size_px: tuple[int, int]) -> None:
    width_px, height_px = picture.size
    if width_px * height_px > MAX_PIXELS:
        size_px = min(size_px[0], width_px // 2), min(size_px[1], height_px // 2)
    # To a half, quarter or eighth; never to less than is asked for.
    picture.draft(None, size_px)


@dataclass(frozen=True, slots=True)
class _Grey:
    """How grey of more than eight bits becomes 0..255: times ``scale``, plus ``offset``."""

    scale: float
    offset: float

    @classmethod
    def of(cls, picture: PillowImage.Image) -> _Grey:
        tags = getattr(picture, "tag_v2", {})
        scale = 2.0 ** (8 - max(tags.get(_BITS, (16,))))
        # Pillow turns grey that counts from white round for eight bits or less alone.
        return cls(-scale, 255.0) if tags.get(_PHOTOMETRIC) == 0 else cls(scale, 0.0)


def _scaled(picture: PillowImage.Image, size_px: tuple[int, int], grey: _Grey) -> PillowImage.Image:
    """8 bits a channel (L, LA, RGB, RGBA, CMYK), at most ``size_px``.

    Large pictures are converted and scaled in bands: a whole one exists in its own mode alone.
    """
    size_px = min(size_px[0], picture.width), min(size_px[1], picture.height)
    factor = min(picture.width // size_px[0], picture.height // size_px[1])
    if factor < 2:
        return _plain(picture, grey).resize(size_px, PillowImage.Resampling.BOX)
    rows = max(1, _BAND_PIXELS // picture.width // factor) * factor
    reduced: PillowImage.Image | None = None
    for top in range(0, picture.height, rows):
        bottom = min(top + rows, picture.height)
        band = _plain(picture.crop((0, top, picture.width, bottom)), grey).reduce(factor)
        if reduced is None:
            height_px = -(-picture.height // factor)
            reduced = PillowImage.new(band.mode, (band.width, height_px))
        reduced.paste(band, (0, top // factor))
    assert reduced is not None
    return reduced.resize(size_px, PillowImage.Resampling.BOX)


def _plain(picture: PillowImage.Image, grey: _Grey) -> PillowImage.Image:
    """The same in L, LA, RGB, RGBA or CMYK."""
    mode = picture.mode
    if mode.startswith("I;16"):
        # Pillow's own conversion cuts off what is above 255.
        picture = picture.point(lambda value: value * grey.scale + grey.offset).convert("L")
        mode = "L"
    if "transparency" in picture.info:
        return picture.convert("RGBA")
    if mode in ("P", "1"):
        mode = "RGB" if mode == "P" else "L"
    mode = {"PA": "RGBA", "RGBa": "RGBA", "La": "LA", "RGBX": "RGB", "YCbCr": "RGB"}.get(mode, mode)
    if mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        raise PictureError(f"has samples of a kind that is not shown ({mode}): save it as PNG")
    return picture.convert(mode) if picture.mode != mode else picture
