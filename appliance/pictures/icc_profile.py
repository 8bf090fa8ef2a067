"""Makes the ICC profile of a colour space that a file names by numbers alone."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

Point = tuple[float, float]
"""x and y of CIE 1931."""
Matrix = tuple[tuple[float, float, float], ...]

D65: Final[Point] = (0.3127, 0.3290)
_D50: Final = (0.9642, 1.0, 0.8249)
# ICC.1:2022 annex E: how white is adapted (Bradford).
_BRADFORD: Final[Matrix] = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)


def gamma_curve(gamma: float) -> bytes:
    """A power of the value (ICC.1 10.18, type 0)."""
    return b"para" + struct.pack(">IHHi", 0, 0, 0, _fixed(gamma))


def srgb_curve() -> bytes:
    """IEC 61966-2-1 (ICC.1 10.18, type 3)."""
    numbers = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return b"para" + struct.pack(">IHH5i", 0, 3, 0, *map(_fixed, numbers))


def table_curve(values: Sequence[float]) -> bytes:
    """Values (0..1) at even distances (ICC.1 10.6)."""
    whole = [round(65535 * min(1.0, max(0.0, value))) for value in values]
    return b"curv" + struct.pack(f">II{len(whole)}H", 0, len(whole), *whole)


def profile(primaries: Sequence[Point], white: Point, curve: bytes) -> bytes:
    """A display's profile (ICC.1 8.3.3): red, green and blue, one curve for all three.

    Raises ZeroDivisionError for primaries on one line.
    """
    columns = [_xyz(point) for point in primaries]
    of_white = _xyz(white)
    shares = _times(_inverse(_transposed(columns)), of_white)
    cone_white, cone_d50 = _times(_BRADFORD, of_white), _times(_BRADFORD, _D50)
    tags: dict[bytes, bytes] = {b"wtpt": _xyz_tag(_D50)}
    for name, column, share in zip(b"rgb", columns, shares, strict=True):
        cones = _times(_BRADFORD, [share * value for value in column])
        adapted = [c * to / own for c, to, own in zip(cones, cone_d50, cone_white, strict=True)]
        tags[bytes([name]) + b"XYZ"] = _xyz_tag(_times(_inverse(_BRADFORD), adapted))
        tags[bytes([name]) + b"TRC"] = curve
    return _file(tags)


def _file(tags: Mapping[bytes, bytes]) -> bytes:
    table, data = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(tag))
        data += tag + bytes(-len(tag) % 4)
    size = 128 + len(table) + len(data)
    head = struct.pack(">I4xI4s4s4s12x4s28x3i", size, 0x04400000, b"mntr", b"RGB ", b"XYZ ",
                       b"acsp", *map(_fixed, _D50))  # fmt: skip
    return head.ljust(128, b"\0") + table + data


def _xyz(point: Point) -> tuple[float, float, float]:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _xyz_tag(values: Sequence[float]) -> bytes:
    return b"XYZ " + struct.pack(">I3i", 0, *map(_fixed, values))


def _fixed(value: float) -> int:
    return round(value * 65536)


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _transposed(matrix: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    return list(zip(*matrix, strict=True))


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    return [[value / determinant for value in row] for row in adjugate]
