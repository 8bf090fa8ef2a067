"""What a picture file is, by its first bytes; its name says nothing."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Final

HEAD_BYTES: Final = 256
"""So much of a file's beginning is looked at."""

_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
# ISO/IEC 23008-12 annex B: of single pictures, and of sequences.
_SINGLE: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_SEQUENCE: Final = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_AV1: Final = frozenset({b"avif", b"avis"})
_MAX_BOXES: Final = 64


class Kind(StrEnum):
    """The kinds that are read, by Pillow's names."""

    AVIF = "AVIF"
    BMP = "BMP"
    GIF = "GIF"
    HEIF = "HEIF"
    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    WEBP = "WEBP"


def kind_of(head: bytes) -> Kind | None:
    """The kind by the file's first `HEAD_BYTES`; None: no picture that is read."""
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Kind.WEBP
    major, brands = _brands(head)
    if major in _SINGLE | _SEQUENCE | _AV1:
        return Kind.AVIF if brands & _AV1 else Kind.HEIF
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return Kind(name)
    return None


def is_heif_sequence(path: Path) -> bool:
    """A film in HEIF's container (bursts and animations of phones), which ffmpeg reads.

    Its brands name a sequence and it has a track. A motion photo has one too, but in a file of
    its own that stands behind the picture's or in a box ``mpvd``. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if kind_of(head) is not Kind.HEIF or not _brands(head)[1] & _SEQUENCE:
            return False
        file.seek(int.from_bytes(head[:4], "big"))
        for _ in range(_MAX_BOXES):
            header = file.read(16)
            size_bytes, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if kind in (b"moov", b"ftyp"):
                return kind == b"moov"
            if size_bytes == 1:
                size_bytes = int.from_bytes(header[8:16], "big")
            if size_bytes < 8 or len(header) < 8:
                return False
            file.seek(size_bytes - len(header), os.SEEK_CUR)
    return False


def _brands(head: bytes) -> tuple[bytes, frozenset[bytes]]:
    """The major brand and all brands of the box ``ftyp`` (ISO/IEC 14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return b"", frozenset()
    end = min(len(head), int.from_bytes(head[:4], "big"))
    compatible = {head[at : at + 4] for at in range(16, end - 3, 4)}
    return head[8:12], frozenset({head[8:12], *compatible})
