"""What a YOLO network's outputs mean: candidates (boxes in input pixels, confidences)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.inference.model_manifest import (
    Head,
    XyxyConfidenceHead,
    YoloV5DecodedHead,
    YoloV8DecodedHead,
    YoloV8DflHead,
)

Tensor = NDArray[np.float32]
Candidates = tuple[Tensor, Tensor]
"""Boxes ``xyxy`` [N, 4] in input pixels, confidences [N]."""


class HeadMismatchError(ValueError):
    """The outputs do not have the shape that the manifest's head promises."""


def decode(head: Head, outputs: Sequence[Tensor], threshold: float) -> Candidates:
    """Candidates of confidence >= ``threshold``, before non-maximum suppression.

    Raises HeadMismatchError when the outputs cannot be what ``head`` says.
    """
    match head:
        case YoloV8DflHead():
            return _decode_dfl(head, outputs, threshold)
        case XyxyConfidenceHead():
            table = _single(outputs)
            if table.shape[1] != 5:
                raise HeadMismatchError(f"rows of {table.shape[1]} numbers, 5 expected")
            return _above(table[:, :4], table[:, 4], threshold)
        case YoloV8DecodedHead():
            table = _single(outputs).T
            _check_columns(table.shape[1], 5, head.landmarks, (2, 3))
            boxes, confidences = _above(table[:, :4], table[:, 4], threshold)
            return _corners(boxes), confidences
        case YoloV5DecodedHead():
            table = _single(outputs)
            _check_columns(table.shape[1], 6, head.landmarks, (2,))
            confidence = table[:, 4] * table[:, 5 + 2 * head.landmarks]
            boxes, confidences = _above(table[:, :4], confidence, threshold)
            return _corners(boxes), confidences


def _single(outputs: Sequence[Tensor]) -> Tensor:
    if len(outputs) != 1 or outputs[0].ndim != 3 or outputs[0].shape[0] != 1:
        shapes = ", ".join(str(output.shape) for output in outputs)
        raise HeadMismatchError(f"outputs {shapes}, one of shape (1, ., .) expected")
    return np.asarray(outputs[0][0], np.float32)


def _check_columns(columns: int, base: int, landmarks: int, sizes: tuple[int, ...]) -> None:
    expected = sorted({base + landmarks * size for size in sizes})
    if columns not in expected:
        text = " or ".join(str(number) for number in expected)
        raise HeadMismatchError(f"{columns} numbers per candidate, {text} expected")


def _above(boxes: Tensor, confidences: Tensor, threshold: float) -> Candidates:
    keep = confidences >= threshold
    return boxes[keep], confidences[keep]


def _corners(boxes: Tensor) -> Tensor:
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def _decode_dfl(head: YoloV8DflHead, outputs: Sequence[Tensor], threshold: float) -> Candidates:
    if len(outputs) != len(head.strides):
        raise HeadMismatchError(f"{len(outputs)} outputs, one per stride {head.strides} expected")
    levels = [
        _decode_level(head, stride, output, threshold)
        for stride, output in zip(head.strides, outputs, strict=True)
    ]
    boxes = np.concatenate([level[0] for level in levels])
    return boxes, np.concatenate([level[1] for level in levels])


def _decode_level(head: YoloV8DflHead, stride: int, output: Tensor, threshold: float) -> Candidates:
    if output.ndim != 4 or output.shape[0] != 1:
        raise HeadMismatchError(f"output {output.shape}, (1, C, H, W) expected")
    bins = 4 * head.reg_max
    _check_columns(output.shape[1], bins + 1, head.landmarks, (2, 3))
    confidences = _sigmoid(output[0, bins])
    rows, columns = np.nonzero(confidences >= threshold)
    # Only what passes is decoded: a picture has thousands of places and a handful of faces.
    logits = output[0, :bins, rows, columns].reshape(-1, 4, head.reg_max)
    weights = np.exp(logits - logits.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    distances = weights @ np.arange(head.reg_max, dtype=np.float32)
    centres = np.stack([columns, rows], axis=1).astype(np.float32) + np.float32(0.5)
    corners = np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)
    return np.asarray(corners * stride, np.float32), confidences[rows, columns]


def _sigmoid(logits: Tensor) -> Tensor:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float32)
