"""Pictures without any header: raw frames and arrays of numbers, told by their statistics alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Buffer = bytes | memoryview

MIN_FRAME_BYTES = 1024
"""32 x 32 pixels of one byte: a smaller crop shows nobody."""
SAMPLE_BYTES = 1 << 19
"""So much of the middle of a larger file is looked at."""
MIN_STRIDE = 24
MIN_ROWS = 12
PIXEL_BYTES = (1, 2, 3, 4)
"""Distance of one pixel's value from its neighbour's: grey and planar YUV, YUYV, BGR, BGRA."""
SMOOTH = 0.6
"""Correlation of neighbours, from which bytes may be pixels; of text it is under 0.3."""
ROWS_AGREE = 0.12
"""Correlation of a row's edges with the next row's; elsewhere it is noise around 0."""
STANDS_OUT = 4.0
"""The row's peak is so many times as high as the other peaks' usual height."""

MIN_NUMBERS = 64
SENSIBLE = (1e-8, 1e5)
"""Magnitudes of numbers that a network works with; random bytes are mostly far outside."""


def is_raw_frame(data: Buffer) -> bool:
    """Whether bytes look like rows of pixels, whatever the width, height and format.

    Neighbours are alike (smooth), and the edges along one row repeat in the next: the
    autocorrelation of the horizontal differences has a peak at the length of a row. Sound, text,
    weights and compressed data have at most one of the two.
    """
    if len(data) < MIN_FRAME_BYTES:
        return False
    start = max(0, (len(data) - SAMPLE_BYTES) // 2)
    values = np.frombuffer(data, np.uint8, min(len(data), SAMPLE_BYTES), start).astype(np.float32)
    if np.unique(values).size < 12:
        return False
    return any(
        _smoothness(values, pixel) >= SMOOTH and _has_rows(values, pixel) for pixel in PIXEL_BYTES
    )


def is_number_array(data: Buffer) -> bool:
    """Whether bytes are floating-point numbers of usual size: an embedding, scores, a tensor.

    In four, eight or two bytes each; of numbers in one byte nothing can be told from bytes alone.
    """
    return any(_are_sensible(data, kind) for kind in (np.float32, np.float64, np.float16))


def _are_sensible(data: Buffer, kind: type[np.floating]) -> bool:
    size = np.dtype(kind).itemsize
    if len(data) % size or len(data) < MIN_NUMBERS * size:
        return False
    with np.errstate(all="ignore"):
        numbers = np.abs(np.frombuffer(data, kind, min(len(data) // size, 65_536)).astype(float))
        if not np.isfinite(numbers).all():
            return False
        others = numbers[numbers != 0]
        inside = (others >= SENSIBLE[0]) & (others <= SENSIBLE[1])
    is_filled = others.size >= max(8, numbers.size // 4)
    return bool(is_filled and inside.mean() >= 0.98 and np.unique(others).size > 8)


def _smoothness(values: NDArray[np.float32], lag: int) -> float:
    """Correlation of neighbours, over the pairs that differ from the commonest value.

    A black border, but also the zeros between a program's tables, would pass for smoothness.
    """
    fill = np.bincount(values.astype(np.uint8), minlength=256).argmax()
    one, other = values[:-lag], values[lag:]
    is_varied = (one != fill) & (other != fill)
    one, other = one[is_varied], other[is_varied]
    if one.size < 0.1 * values.size:
        return 0.0
    deviations = float(one.std()) * float(other.std())
    if deviations < 1e-6:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean()) / deviations


def _has_rows(values: NDArray[np.float32], pixel: int) -> bool:
    # Over four pixels an edge is higher than a camera's noise, which is the same over any.
    edges = values[4 * pixel :] - values[: -4 * pixel]
    edges = np.clip(edges - edges.mean(), -64, 64)
    longest = edges.size // MIN_ROWS
    if longest <= MIN_STRIDE:
        return False
    size = 1 << (2 * edges.size - 1).bit_length()
    spectrum = np.fft.rfft(edges, size)
    alike = np.fft.irfft(spectrum * np.conj(spectrum), size)[: longest + 1]
    if alike[0] <= 0:
        return False
    lags = alike[MIN_STRIDE:] / alike[0]
    peak = float(lags.max())
    return peak >= ROWS_AGREE and peak >= STANDS_OUT * float(np.median(np.abs(lags)) + 1e-4)
