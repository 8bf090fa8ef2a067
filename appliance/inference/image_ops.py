"""From a picture to a network's input: letterbox, crop, colour, normalisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.domain import Box, Image
from appliance.inference.model_manifest import CropSpec, InputSpec, LetterboxSpec

Tensor = NDArray[np.float32]
Picture = NDArray[np.uint8]
"""(height, width, 3) blue-green-red or (height, width) grey, 0..255."""


@dataclass(frozen=True, slots=True)
class Letterboxing:
    """Where a picture lies inside a network's input: x_input = x_picture * scale + left."""

    scale: float
    left_px: float
    top_px: float

    def to_picture(self, boxes: Tensor) -> Tensor:
        """Boxes ``xyxy`` [N, 4] in input pixels -> in pixels of the picture."""
        offset = np.array([self.left_px, self.top_px] * 2, np.float32)
        return (boxes - offset) / np.float32(self.scale)


def letterbox(
    image: Image, size_px: tuple[int, int], spec: LetterboxSpec
) -> tuple[Image, Letterboxing]:
    """Fit a picture into (height, width) without stretching; the rest is filled."""
    height, width = size_px
    scale = min(height / image.shape[0], width / image.shape[1])
    new_width = min(width, max(1, round(image.shape[1] * scale)))
    new_height = min(height, max(1, round(image.shape[0] * scale)))
    canvas = np.full((height, width, 3), spec.fill, np.uint8)
    centred = spec.align == "centre"
    left = (width - new_width) // 2 if centred else 0
    top = (height - new_height) // 2 if centred else 0
    canvas[top : top + new_height, left : left + new_width] = resize(image, new_height, new_width)
    return canvas, Letterboxing(scale, left, top)


def resize(picture: Picture, height_px: int, width_px: int) -> Picture:
    """Scale a picture: averaging when it shrinks, linear when it grows."""
    if picture.shape[:2] == (height_px, width_px):
        return picture
    shrinks = height_px * width_px < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width_px, height_px), interpolation=how), np.uint8)


def crop_square(image: Image, box: Box, spec: CropSpec) -> Image:
    """The square around ``box`` that the emotion network sees; outside the frame: edges repeated.

    Side and centre as ``CropSpec`` says; a box wholly outside is moved to the nearest edge.
    """
    side = max(1, round(spec.scale * max(box.width_px, box.height_px)))
    centre_x, centre_y = box.centre
    left = round(centre_x - side / 2)
    top = round(centre_y + spec.shift_y * side - side / 2)
    height, width = image.shape[:2]
    left = min(max(left, 1 - side), width - 1)
    top = min(max(top, 1 - side), height - 1)
    inside = image[max(0, top) : top + side, max(0, left) : left + side]
    before_y, before_x = max(0, -top), max(0, -left)
    after_y = side - before_y - inside.shape[0]
    after_x = side - before_x - inside.shape[1]
    if before_y == before_x == after_y == after_x == 0:
        return inside
    bordered = cv2.copyMakeBorder(
        inside, before_y, after_y, before_x, after_x, cv2.BORDER_REPLICATE
    )
    return np.asarray(bordered, np.uint8)


def in_colour(picture: Picture, colour: str) -> Picture:
    """(H, W, 3) blue-green-red or (H, W) grey -> (H, W, C) in ``rgb``, ``bgr`` or ``grey``."""
    if colour == "grey":
        grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        return np.asarray(grey, np.uint8)[:, :, None]
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
    return picture if colour == "bgr" else picture[:, :, ::-1]


def to_tensor(pictures: Sequence[Picture], spec: InputSpec) -> Tensor:
    """Pictures of any size -> float32 [N, C, H, W] as the network wants it (plain resize)."""
    height, width = spec.size_px
    stack = np.stack(
        [in_colour(resize(picture, height, width), spec.colour) for picture in pictures]
    )
    tensor = stack.transpose(0, 3, 1, 2).astype(np.float32) * np.float32(spec.scale)
    if spec.standardise == "per-picture":
        mean = tensor.mean(axis=(1, 2, 3), keepdims=True)
        std = tensor.std(axis=(1, 2, 3), keepdims=True)
        tensor = (tensor - mean) / (std + np.float32(1e-6))
    else:
        if any(spec.mean):
            tensor -= np.array(spec.mean, np.float32)[None, :, None, None]
        if any(value != 1.0 for value in spec.std):
            tensor /= np.array(spec.std, np.float32)[None, :, None, None]
    return np.ascontiguousarray(tensor, np.float32)
