"""Where a picture is unlike the rest of itself, so that a slow zoom knows where to go."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from appliance.domain import Box, Image

_SIDE_PX: Final = 64
_MEAN_OF: Final = 3
_BLUR_SIGMA: Final = 2.5
_OBJECTS: Final = 3.0
"""Times its mean, from which on saliency is an object's (the same paper, section 3)."""
_KEPT: Final = 0.6
"""Share of the saliency that the box holds, in each direction."""


def salient_box(bgr: Image) -> Box:
    """The box in pixels that holds the middle of what stands out.

    Spectral residual (Hou and Zhang 2007, "Saliency detection: a spectral residual approach"): the
    log amplitude spectrum of the picture, 64 pixels wide and high, less its local mean over 3x3.
    """
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    spectrum = np.fft.fft2(small.astype(np.float64))
    log_amplitude = np.log(np.abs(spectrum) + 1e-9)
    residual = log_amplitude - cv2.blur(log_amplitude, (_MEAN_OF, _MEAN_OF))
    back = np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))
    saliency = cv2.GaussianBlur(np.abs(back) ** 2, (0, 0), _BLUR_SIGMA)
    # The frame's own edge is where the spectrum wraps around, not what matters.
    towards_edge = np.hanning(_SIDE_PX + 2)[1:-1]
    saliency = saliency * np.outer(towards_edge, towards_edge)
    saliency[saliency < _OBJECTS * saliency.mean()] = 0.0
    height_px, width_px = bgr.shape[:2]
    left, right = _middle(saliency.sum(axis=0))
    top, bottom = _middle(saliency.sum(axis=1))
    return Box(left * width_px, top * height_px, right * width_px, bottom * height_px)


def _middle(sums: np.ndarray) -> tuple[float, float]:
    """Between which shares of the side (0..1) the middle of the saliency lies."""
    total = float(sums.sum())
    if not total > 0.0:
        return 0.4, 0.6
    upto = np.cumsum(sums) / total
    ends = np.interp(((1 - _KEPT) / 2, (1 + _KEPT) / 2), upto, np.arange(1, len(sums) + 1))
    return float(ends[0]) / len(sums), float(ends[1]) / len(sums)
