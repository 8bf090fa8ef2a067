"""The colour space a picture states, in whichever of its format's ways, as an ICC profile."""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image as PillowImage

from appliance.pictures.icc_profile import (
    D65,
    Point,
    gamma_curve,
    profile,
    srgb_curve,
    table_curve,
)
from appliance.pictures.kind import Kind

# ITU-T H.273, tables 2 and 3: what AVIF, HEIC and PNG write as numbers.
_PRIMARIES: Final[Mapping[int, tuple[Point, Point, Point]]] = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_UNSPECIFIED: Final = 2
_GAMMAS: Final = {4: 2.2, 5: 2.8, 8: 1.0}
_PQ: Final = 16
_SDR_WHITE_NITS: Final = 203.0
"""ITU-R BT.2408: where a display of ordinary range is white."""
_SRGB_GAMMA: Final = 0.45455
_MAX_CHUNKS: Final = 64


def profile_of(picture: PillowImage.Image, path: Path) -> bytes | None:
    """None: it is sRGB, or nothing is said. Raises OSError.

    Numbers win in PNG (PNG 3rd edition, 4.3), a profile in AVIF and HEIC, as in browsers.
    """
    icc = picture.info.get("icc_profile")
    own: bytes | None = icc if isinstance(icc, bytes) and icc else None
    match picture.format:
        case Kind.PNG:
            numbers = _png_numbers(path)
            if numbers is not None:
                return _by_numbers(*numbers)
            return own or _png_gamma(picture)
        case Kind.AVIF if own is None:
            numbers = _box_numbers(path)
            return None if numbers is None else _by_numbers(*numbers)
        case Kind.HEIF if own is None:
            nclx = picture.info.get("nclx_profile") or {}
            unspecified = _UNSPECIFIED
            return _by_numbers(
                int(nclx.get("color_primaries", unspecified)),
                int(nclx.get("transfer_characteristics", unspecified)),
            )
    return own


def _by_numbers(primaries: int, transfer: int) -> bytes | None:
    if primaries in (1, _UNSPECIFIED) and transfer not in (_PQ, *_GAMMAS):
        return None
    points = _PRIMARIES.get(primaries, _PRIMARIES[1])
    if transfer == _PQ:
        curve = table_curve([_pq_nits(step / 1023) / _SDR_WHITE_NITS for step in range(1024)])
    elif transfer in _GAMMAS:
        curve = gamma_curve(_GAMMAS[transfer])
    else:
        # Browsers show BT.709 by sRGB's curve; HLG was made to look right by one like it.
        curve = srgb_curve()
    return profile(points, D65, curve)


def _pq_nits(value: float) -> float:
    """SMPTE ST 2084, equation 4.1."""
    root = value ** (1 / 78.84375)
    return float(10_000 * (max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (
        1 / 0.1593017578125
    ))  # fmt: skip


def _png_gamma(picture: PillowImage.Image) -> bytes | None:
    gamma, stated = picture.info.get("gamma"), picture.info.get("chromaticity")
    if not gamma or "srgb" in picture.info:
        return None
    if not stated and abs(gamma - _SRGB_GAMMA) < 0.001:
        # Written where sRGB is meant.
        return None
    points, white = _PRIMARIES[1], D65
    if stated:
        pairs = list(zip(stated[::2], stated[1::2], strict=True))
        white, points = pairs[0], (pairs[1], pairs[2], pairs[3])
    try:
        return profile(points, white, gamma_curve(1 / gamma))
    except (ZeroDivisionError, struct.error):
        return None


def _png_numbers(path: Path) -> tuple[int, int] | None:
    """(primaries, transfer) of the chunk cICP, which stands before the pixels."""
    with path.open("rb") as file:
        file.seek(8)
        for _ in range(_MAX_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] == b"IDAT":
                return None
            length, name = struct.unpack(">I4s", head)
            if name == b"cICP":
                numbers = file.read(4)
                return (numbers[0], numbers[1]) if len(numbers) == 4 else None
            file.seek(length + 4, os.SEEK_CUR)
    return None


def _box_numbers(path: Path) -> tuple[int, int] | None:
    """(primaries, transfer) of AVIF's box ``colr``, wherever it stands."""
    with path.open("rb") as file, _mapped(file) as data:
        at = data.find(b"colrnclx")
        if at < 0 or at + 12 > len(data):
            return None
        primaries, transfer = struct.unpack_from(">HH", data, at + 8)
        return primaries, transfer


def _mapped(file: BinaryIO) -> mmap.mmap:
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
