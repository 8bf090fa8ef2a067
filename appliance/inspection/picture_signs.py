"""Pictures, films and arrays in a file format: told by the bytes they begin with, wherever."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap

import cv2
import numpy as np

Data = bytes | mmap

_BEGINNINGS = (
    (rb"\xff\xd8\xff[\xc0-\xfe]", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"GIF8[79]a", "GIF"),
    (rb"RIFF....WEBP", "WebP picture"),
    (rb"RIFF....AVI ", "AVI film"),
    (rb"BM....\0\0\0\0....[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "BMP"),
    (rb"(II\*\0|MM\0\*|II\+\0|MM\0\+)", "TIFF"),
    (rb"....ftyp", "MP4 film or HEIF picture"),
    (rb"(\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51)", "JPEG 2000"),
    (rb"(\0\0\0\x0cJXL \r\n\x87\n|\xff\x0a)", "JPEG XL"),
    (rb"P[1-7][ \t\r\n]+(#|\d|WIDTH)", "Netpbm picture"),
    (rb"qoif", "QOI picture"),
    (rb"\x76\x2f\x31\x01", "OpenEXR picture"),
    (rb"\x1a\x45\xdf\xa3", "Matroska or WebM film"),
    (rb"FLV\x01", "Flash film"),
    (rb"\0\0(\0)?\x01(\xba|\xb3|[\x27\x47\x67\x40\x42])", "MPEG, H.264 or HEVC film"),
    (rb"\x47[\s\S]{187}\x47[\s\S]{187}\x47", "MPEG transport stream"),
    (rb"YUV4MPEG2 ", "uncompressed film"),
    (rb"\x93NUMPY", "NumPy array"),
    (rb"\x89HDF\r\n\x1a\n", "HDF5 array"),
    (rb"[\s\S]?\x80[\x02-\x05][\s\S]{0,80}numpy", "pickled NumPy array"),
)
_AT_THE_START = tuple((re.compile(sign, re.DOTALL), what) for sign, what in _BEGINNINGS)

_SURE_INSIDE = re.compile(
    rb"\xff\xd8\xff\xe0..JFIF\0|\xff\xd8\xff\xe1..Exif\0|\x89PNG\r\n\x1a\n|\x93NUMPY[\x01-\x03]\0"
    rb"|RIFF....WEBPVP8",
    re.DOTALL,
)
_PERHAPS_INSIDE = re.compile(rb"\xff\xd8\xff[\xc0-\xc4\xdb\xdd\xe0-\xef\xfe]")
_MIN_SIDE_PX = 16
_MAX_TRIED = 50
_MAX_PICTURE_BYTES = 20_000_000


def format_of(data: Data) -> str | None:
    """The kind of picture, film or array that begins here; None: none that is known."""
    head = bytes(data[:600])
    return next((what for sign, what in _AT_THE_START if sign.match(head)), None)


def format_inside(data: Data) -> str | None:
    """A picture or array anywhere within: behind other bytes, in a page of a database, in a log."""
    sure = _SURE_INSIDE.search(data)
    if sure is not None:
        return f"{format_of(data[sure.start() : sure.start() + 600]) or 'picture'}, inside"
    # Three bytes occur by chance as well: what makes a JPEG is that it can be decoded.
    return "JPEG, inside" if any(_decodes(data, at) for at in _first(data)) else None


def _first(data: Data) -> Iterator[int]:
    for number, found in enumerate(_PERHAPS_INSIDE.finditer(data)):
        if number == _MAX_TRIED:
            return
        yield found.start()


def _decodes(data: Data, at: int) -> bool:
    piece = np.frombuffer(data[at : at + _MAX_PICTURE_BYTES], np.uint8)
    try:
        picture = cv2.imdecode(piece, cv2.IMREAD_REDUCED_GRAYSCALE_4)
    except cv2.error:
        return False
    return picture is not None and 4 * min(picture.shape[:2]) >= _MIN_SIDE_PX
