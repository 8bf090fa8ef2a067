"""What a frame's colours, edges and motion are like, each by a published definition."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain import Image

CUT_SHARE: Final = 0.5
"""Pixels that change their bin of colour from one frame to the next, of all, at a cut."""

_HUE_BINS: Final = 360
_HUE_LEAST: Final = 0.05
_CUT_BINS: Final = (8, 8, 8)

Floats = NDArray[np.float32]


def colorfulness(bgr: Image) -> float:
    """Hasler and Süsstrunk 2003, "Measuring colourfulness in natural images": their metric M3."""
    blue, green, red = (bgr[:, :, channel].astype(np.float64) for channel in range(3))
    red_green, yellow_blue = red - green, 0.5 * (red + green) - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def median_lightness(bgr: Image) -> float:
    """Median of lightness, the mean of the largest and the least colour (HSL), 0..1."""
    return float(np.median(cv2.cvtColor(bgr, cv2.COLOR_BGR2HLS)[:, :, 1]) / 255.0)


def hue_count(bgr: Image) -> float:
    """Ke, Tang and Jing 2006, "The design of high-level features for photo quality assessment",
    section 3.3, by the degree: hues with more than 0.05 of the most frequent one's pixels, of
    pixels with a saturation over 0.2 and a value of 0.15 to 0.95."""
    hsv = cv2.cvtColor(bgr.astype(np.float32) / 255.0, cv2.COLOR_BGR2HSV)
    hue, saturation, value = cv2.split(hsv)
    counted = hue[(saturation > 0.2) & (value > 0.15) & (value < 0.95)]
    if not counted.size:
        return 1.0
    bins = np.bincount(counted.astype(np.int64) % _HUE_BINS, minlength=_HUE_BINS)
    return float((bins > _HUE_LEAST * bins.max()).sum())


def edge_area(bgr: Image) -> float:
    """Ke, Tang and Jing 2006, section 3.1: share of the frame that the middle 98 % of its edges'
    columns and rows take (Laplacian, all colours); 0 without edges."""
    edges = np.abs(cv2.Laplacian(bgr.astype(np.float32), cv2.CV_32F)).sum(axis=2)
    if edges.max() <= 0.0:
        return 0.0
    return _middle_share(edges.sum(axis=0)) * _middle_share(edges.sum(axis=1))


def _middle_share(edges: Floats) -> float:
    """Of the positions, those between the first and the last hundredth of the edges."""
    upto = np.cumsum(edges, dtype=np.float64) / edges.sum(dtype=np.float64)
    first, last = np.searchsorted(upto, (0.01, 0.99))
    return float(last - first + 1) / len(edges)


def colour_bins(bgr: Image) -> Floats:
    """Shares of the pixels [512] in each bin of colour, to tell cuts by."""
    bins = cv2.calcHist([bgr], [0, 1, 2], None, list(_CUT_BINS), [0, 256] * 3).ravel()
    return np.asarray(bins / bins.sum(), np.float32)


def is_cut(before: Floats, after: Floats) -> bool:
    """Whether two frames' bins of colour are of two shots (Zhang, Kankanhalli and Smoliar 1993,
    "Automatic partitioning of full-motion video": difference of histograms)."""
    return bool(0.5 * np.abs(after - before).sum() > CUT_SHARE)


class MotionMeter:
    """Motion activity: how far pixels move, by OpenCV's DIS optical flow (Kroeger et al. 2016)."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)

    def between(self, before: Image, after: Image) -> float:
        """Mean length of the movement from one frame to the next, in per cent of the diagonal."""
        grey = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in (before, after)]
        still = np.zeros((*before.shape[:2], 2), np.float32)
        flow = self._flow.calc(grey[0], grey[1], still)
        diagonal_px = float(np.hypot(*before.shape[:2]))
        return 100.0 * float(np.linalg.norm(flow, axis=2).mean()) / diagonal_px
