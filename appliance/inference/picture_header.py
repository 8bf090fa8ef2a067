"""The size a picture claims in its header, so that a huge one is refused before it is decoded."""

from __future__ import annotations

import re
import struct

# JPEG start-of-frame markers; the gaps (C4, C8, CC) are tables, not frames.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_PROPERTIES_BYTES = 65_536
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def size_px(data: bytes) -> tuple[int, int] | None:
    """(height, width) as the picture's header says; None: not known.

    Sources: PNG (ISO 15948) IHDR, JPEG (ITU T.81) B.2.2, GIF89a, RFC 9649 (WebP),
    BITMAPINFOHEADER, TIFF 6.0 section 2, HEIF (ISO/IEC 23008-12) 6.5.3.
    """
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height = struct.unpack_from(">II", data, 16)
        elif data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        elif data[:6] in (b"GIF87a", b"GIF89a"):
            width, height = struct.unpack_from("<HH", data, 6)
        elif data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
        elif data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp(data)
        elif is_heif(data) or is_avif(data):
            return _largest_item(data)
        elif data[:4] in (b"II*\0", b"MM\0*"):
            return _tiff(data, "<" if data.startswith(b"II") else ">")
        else:
            return None
    except (struct.error, IndexError):
        return None
    return abs(height), abs(width)


def is_heif(data: bytes) -> bool:
    """A single picture as phones take them (HEIC), by the brand of its first box."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS and not is_avif(data)


def is_avif(data: bytes) -> bool:
    """The same box with AV1 inside."""
    brands = data[8 : min(64, int.from_bytes(data[:4], "big"))]
    return data[4:8] == b"ftyp" and b"avif" in brands


def _largest_item(data: bytes) -> tuple[int, int] | None:
    """Of the properties ``ispe``: a large picture is made of tiles that have their own."""
    sizes = [
        struct.unpack_from(">II", data, found.end() + 4)
        for found in re.finditer(b"ispe", data[:_PROPERTIES_BYTES])
    ]
    width, height = max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))
    return (height, width) if sizes else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    position = 2
    while True:
        while data[position] != 0xFF:
            position += 1
        marker = data[position + 1]
        position += 1 if marker == 0xFF else 2
        if marker == 0xFF or marker in _STANDALONE:
            continue
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, position + 3)
            return height, width
        position += struct.unpack_from(">H", data, position)[0]


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        return int.from_bytes(data[27:30], "little") + 1, width
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return height & 0x3FFF, width & 0x3FFF


def _tiff(data: bytes, order: str) -> tuple[int, int] | None:
    (directory,) = struct.unpack_from(order + "I", data, 4)
    (entries,) = struct.unpack_from(order + "H", data, directory)
    found: dict[int, int] = {}
    for entry in range(entries):
        position = directory + 2 + 12 * entry
        tag, kind = struct.unpack_from(order + "HH", data, position)
        (found[tag],) = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, position + 8)
    width, height = found.get(256), found.get(257)
    return None if width is None or height is None else (height, width)
