"""Training canvases: mosaics of 1, 4 or 9 pictures with faces from a few pixels to the frame.

Everything random comes from the generator that is passed in; the same generator state makes the
same canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.face_detector.pictures import Boxes, LabelledPicture, Pixels

FILL = 114
EMPTY: Boxes = np.zeros((0, 4), np.float32)


@dataclass(frozen=True)
class MosaicSettings:
    """How canvases are put together. Shares are probabilities."""

    size_px: int = 320
    single_share: float = 0.5
    four_share: float = 0.3
    zoom_share: float = 0.4  # a picture is scaled so that one face gets a chosen size
    smallest_px: float = 10.0  # of such a chosen face
    least_px: float = 7.0  # smaller faces on the canvas are neither learned nor denied
    least_visible: float = 0.45  # likewise faces cut to less than this part
    # shares of (labelled photographs, expression photographs, the rest) per kind of mosaic
    single_sources: tuple[float, float, float] = (0.72, 0.10, 0.18)
    four_sources: tuple[float, float, float] = (0.62, 0.23, 0.15)
    nine_sources: tuple[float, float, float] = (0.40, 0.45, 0.15)


@dataclass(frozen=True)
class Canvas:
    """pixels [S, S, 3] uint8 BGR; boxes [n, 4] to learn; ignored [m, 4] to leave alone."""

    pixels: Pixels
    boxes: Boxes
    ignored: Boxes


class MosaicMaker:
    """Draws canvases out of three sets: labelled photographs, expression photographs, the rest."""

    def __init__(
        self,
        sets: tuple[
            Sequence[LabelledPicture], Sequence[LabelledPicture], Sequence[LabelledPicture]
        ],
        settings: MosaicSettings = MosaicSettings(),
    ) -> None:
        self._sets = sets
        self._settings = settings

    def draw(self, rng: np.random.Generator) -> Canvas:
        """One augmented canvas."""
        s = self._settings
        kind = rng.random()
        if kind < s.single_share:
            grid, sources = 1, s.single_sources
        elif kind < s.single_share + s.four_share:
            grid, sources = 2, s.four_sources
        else:
            grid, sources = 3, s.nine_sources
        fill = (FILL,) * 3 if rng.random() < 0.7 else tuple(rng.integers(0, 256, 3).tolist())
        pixels: Pixels = np.full((s.size_px, s.size_px, 3), fill, np.uint8)
        boxes, ignored = [EMPTY], [EMPTY]
        for cell in _cells(s.size_px, grid, rng):
            members = self._sets[rng.choice(3, p=sources)]
            picture = members[int(rng.integers(len(members)))]
            zoom = grid < 3 and len(picture.boxes) > 0 and rng.random() < s.zoom_share
            seen, doubtful = _place(picture, pixels, cell, zoom, s, rng)
            boxes.append(seen)
            ignored.append(doubtful)
        canvas = Canvas(pixels, np.concatenate(boxes), np.concatenate(ignored))
        return distort(canvas, rng)


def _cells(size_px: int, grid: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """The mosaic's cells (x1, y1, x2, y2); a 2 x 2 grid's lines cross anywhere near the middle."""
    if grid == 2:
        xs, ys = (
            [0, int(rng.uniform(0.3, 0.7) * size_px), size_px],
            [0, int(rng.uniform(0.3, 0.7) * size_px), size_px],
        )
    else:
        xs = ys = [round(size_px * i / grid) for i in range(grid + 1)]
    return [
        (xs[i], ys[j], xs[i + 1], ys[j + 1]) for j in range(len(ys) - 1) for i in range(len(xs) - 1)
    ]


def _place(
    picture: LabelledPicture,
    canvas: Pixels,
    cell: tuple[int, int, int, int],
    zoom: bool,
    settings: MosaicSettings,
    rng: np.random.Generator,
) -> tuple[Boxes, Boxes]:
    """Draw a picture into a cell; returns (boxes, ignored) on the canvas."""
    x1, y1, x2, y2 = cell
    height, width = picture.pixels.shape[:2]
    cell_w, cell_h = x2 - x1, y2 - y1
    if zoom:
        box = picture.boxes[rng.integers(len(picture.boxes))]
        largest = 1.15 * min(cell_w, cell_h)
        wanted = np.exp(rng.uniform(np.log(settings.smallest_px), np.log(largest)))
        scale = float(np.clip(wanted / max(box[2] - box[0], box[3] - box[1], 1.0), 0.12, 4.0))
        spot = rng.uniform(0.1, 0.9, 2) if wanted < 0.6 * cell_w else rng.uniform(0.4, 0.6, 2)
        left = x1 + spot[0] * cell_w - scale * (box[0] + box[2]) / 2
        top = y1 + spot[1] * cell_h - scale * (box[1] + box[3]) / 2
    else:
        scale = min(cell_w / width, cell_h / height) * float(np.exp(rng.uniform(-0.5, 0.5)))
        # Free play: the picture moves inside the cell, or the cell over the picture.
        left = x1 + rng.random() * (cell_w - scale * width)
        top = y1 + rng.random() * (cell_h - scale * height)
    _draw(picture.pixels, canvas, cell, scale, left, top)
    shift = np.array([left, top, left, top], np.float32)
    boxes, doubtful = _visible(picture.boxes * np.float32(scale) + shift, cell, settings)
    regions, cut = _visible(picture.ignored * np.float32(scale) + shift, cell, settings)
    return boxes, np.concatenate([doubtful, regions, cut])


def _draw(
    pixels: Pixels,
    canvas: Pixels,
    cell: tuple[int, int, int, int],
    scale: float,
    left: float,
    top: float,
) -> None:
    """Scale a picture and draw the part of it that falls into the cell."""
    height, width = pixels.shape[:2]
    x1, y1 = max(cell[0], round(left)), max(cell[1], round(top))
    x2 = min(cell[2], round(left + scale * width))
    y2 = min(cell[3], round(top + scale * height))
    if x2 <= x1 or y2 <= y1:
        return
    source_x1, source_y1 = max(int((x1 - left) / scale), 0), max(int((y1 - top) / scale), 0)
    source_x2 = min(max(round((x2 - left) / scale), source_x1 + 1), width)
    source_y2 = min(max(round((y2 - top) / scale), source_y1 + 1), height)
    part = pixels[source_y1:source_y2, source_x1:source_x2]
    if part.size == 0:
        return
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    canvas[y1:y2, x1:x2] = cv2.resize(part, (x2 - x1, y2 - y1), interpolation=method)


def _visible(
    boxes: Boxes, cell: tuple[int, int, int, int], settings: MosaicSettings
) -> tuple[Boxes, Boxes]:
    """Boxes cut to a cell: (large and whole enough to learn, visible but not to be learned)."""
    if len(boxes) == 0:
        return EMPTY, EMPTY
    limits = np.array(cell, np.float32)
    cut = np.concatenate(
        [np.maximum(boxes[:, :2], limits[:2]), np.minimum(boxes[:, 2:], limits[2:])], axis=1
    )
    sides = np.maximum(cut[:, 2:] - cut[:, :2], 0)
    part = sides.prod(axis=1) / np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-6)
    learn = (part >= settings.least_visible) & (sides.max(axis=1) >= settings.least_px)
    doubtful = ~learn & (part > 0.05)
    return cut[learn].astype(np.float32), cut[doubtful].astype(np.float32)


def distort(canvas: Canvas, rng: np.random.Generator) -> Canvas:
    """Flip, tilt, cover parts of faces, and change light, colour and sharpness."""
    pixels, boxes, ignored = canvas.pixels, canvas.boxes, canvas.ignored
    if rng.random() < 0.5:
        pixels = pixels[:, ::-1]
        boxes, ignored = (_mirrored(b, pixels.shape[1]) for b in (boxes, ignored))
    if rng.random() < 0.2:
        degrees = float(rng.uniform(-20, 20))
        pixels, boxes, ignored = _tilted(pixels, boxes, ignored, degrees)
    pixels = np.ascontiguousarray(pixels)
    for box in boxes:
        if box[3] - box[1] > 20 and rng.random() < 0.12:
            _cover(pixels, box, rng)
    return Canvas(_blurred(_relit(pixels, rng), rng), boxes, ignored)


def _mirrored(boxes: Boxes, width: int) -> Boxes:
    mirrored = [width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]]
    return np.stack(mirrored, axis=1).astype(np.float32)


def _tilted(
    pixels: Pixels, boxes: Boxes, ignored: Boxes, degrees: float
) -> tuple[Pixels, Boxes, Boxes]:
    """Turn about the middle. A head is round enough that its box keeps its size."""
    size = pixels.shape[0]
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), degrees, 1.0)
    turned = cv2.warpAffine(pixels, turn, (size, size), borderValue=(FILL,) * 3)

    def moved(all_boxes: Boxes) -> Boxes:
        centres = (all_boxes[:, :2] + all_boxes[:, 2:]) / 2
        half = (all_boxes[:, 2:] - all_boxes[:, :2]) / 2
        new = centres @ turn[:, :2].T.astype(np.float32) + turn[:, 2].astype(np.float32)
        inside = ((new > 0) & (new < size)).all(axis=1)
        corners = np.concatenate([new - half, new + half], axis=1)[inside]
        return np.asarray(np.clip(corners, 0, size), np.float32)

    return np.asarray(turned, np.uint8), moved(boxes), moved(ignored)


def _cover(pixels: Pixels, box: Boxes, rng: np.random.Generator) -> None:
    """Hide a part of a face: its lower half as a mask does, or a bar from any side."""
    x1, y1, x2, y2 = (round(float(v)) for v in box)
    part = rng.uniform(0.2, 0.45)
    side = rng.integers(4)
    if side == 0:
        x2 = round(x1 + part * (x2 - x1))
    elif side == 1:
        x1 = round(x2 - part * (x2 - x1))
    else:  # twice as often: what covers faces mostly comes from below
        y1 = round(y2 - part * (y2 - y1))
    pixels[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = rng.integers(0, 256, 3)


def _relit(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Gamma, contrast, brightness and tint by one table per channel; sometimes without colour."""
    levels = np.linspace(0, 1, 256)
    gamma = np.exp(rng.uniform(-0.5, 0.5))
    contrast, brightness = rng.uniform(0.65, 1.35), rng.uniform(-0.12, 0.12)
    tints = 1 + rng.uniform(-0.12, 0.12, 3)
    curves = [((levels**gamma - 0.5) * contrast + 0.5 + brightness) * tint for tint in tints]
    table = (np.clip(np.stack(curves, axis=1), 0, 1) * 255).astype(np.uint8)[None]
    relit = cv2.LUT(pixels, table)
    chance = rng.random()
    if chance < 0.12:
        relit = cv2.cvtColor(cv2.cvtColor(relit, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    elif chance < 0.4:
        grey = cv2.cvtColor(cv2.cvtColor(relit, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        amount = float(rng.uniform(0.4, 1.6))
        relit = cv2.addWeighted(relit, amount, grey, 1 - amount, 0)
    return np.asarray(relit, np.uint8)


def _blurred(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Sometimes out of focus, coarse, noisy or strongly compressed."""
    chance = rng.random()
    size = pixels.shape[0]
    if chance < 0.08:
        sigma = float(rng.uniform(0.5, 1.6))
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)
    elif chance < 0.14:
        small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(cv2.resize(small, (size, size)), np.uint8)
    elif chance < 0.20:
        noise = rng.normal(0, rng.uniform(3, 14), pixels.shape)
        pixels = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    elif chance < 0.28:
        quality = int(rng.integers(25, 70))
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pixels = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return pixels
