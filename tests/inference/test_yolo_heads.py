"""yolo_heads.py: each head's numbers become the boxes that were put into them."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.inference import yolo_heads
from appliance.inference.model_manifest import (
    XyxyConfidenceHead,
    YoloV5DecodedHead,
    YoloV8DecodedHead,
    YoloV8DflHead,
)

BOX = [10.0, 20.0, 50.0, 80.0]
CENTRED = [30.0, 50.0, 40.0, 60.0]


def dfl_level(side: int, stride: int, landmarks: int = 0) -> np.ndarray:
    """A level of logits in which nothing is a face."""
    return np.full((1, 64 + 1 + 3 * landmarks, side, side), -20.0, np.float32)


def put(level: np.ndarray, row: int, column: int, distances: list[int], logit: float) -> None:
    for side, distance in enumerate(distances):
        level[0, side * 16 + distance, row, column] = 20.0
    level[0, 64, row, column] = logit


@pytest.mark.parametrize("landmarks", [0, 5])
def test_dfl_distances_are_measured_from_the_cell_s_middle(landmarks: int) -> None:
    head = YoloV8DflHead(kind="yolov8-dfl", strides=(8, 16), reg_max=16, landmarks=landmarks)
    levels = [dfl_level(8, 8, landmarks), dfl_level(4, 16, landmarks)]
    put(levels[1], row=2, column=1, distances=[1, 2, 3, 1], logit=2.0)

    boxes, confidences = yolo_heads.decode(head, levels, 0.5)

    # Middle (1.5, 2.5) cells of 16 px.
    assert boxes == pytest.approx(np.array([[8, 8, 72, 56]]), abs=1e-3)
    assert confidences == pytest.approx([1 / (1 + np.exp(-2.0))])


def test_dfl_distance_is_the_mean_of_its_distribution() -> None:
    head = YoloV8DflHead(kind="yolov8-dfl", strides=(8,), reg_max=16)
    level = dfl_level(8, 8)
    put(level, row=4, column=4, distances=[2, 2, 2, 2], logit=5.0)
    level[0, 4, 4, 4] = 20.0  # the left side: as likely 4 cells as 2

    boxes, _ = yolo_heads.decode(head, [level], 0.5)

    assert boxes[0, 0] == pytest.approx((4.5 - 3) * 8, abs=1e-3)
    assert boxes[0, 1] == pytest.approx((4.5 - 2) * 8, abs=1e-3)


def test_xyxy_rows_under_the_threshold_are_dropped() -> None:
    head = XyxyConfidenceHead(kind="xyxy-confidence")
    output = np.array([[[*BOX, 0.9], [*BOX, 0.2]]], np.float32)

    boxes, confidences = yolo_heads.decode(head, [output], 0.5)

    assert boxes.tolist() == [BOX]
    assert confidences == pytest.approx([0.9])


@pytest.mark.parametrize("extra", [0, 10, 15])
def test_yolov8_decoded_columns_become_corners(extra: int) -> None:
    head = YoloV8DecodedHead(kind="yolov8-decoded", landmarks=5 if extra else 0)
    column = np.array([*CENTRED, 0.7, *[0.0] * extra], np.float32)
    output = np.stack([column, column * 0], axis=1)[None]

    boxes, confidences = yolo_heads.decode(head, [output], 0.5)

    assert boxes.tolist() == [BOX]
    assert confidences == pytest.approx([0.7])


@pytest.mark.parametrize("landmarks", [0, 5])
def test_yolov5_confidence_is_objectness_times_class(landmarks: int) -> None:
    head = YoloV5DecodedHead(kind="yolov5-decoded", landmarks=landmarks)
    row = [*CENTRED, 0.8, *[3.0] * (2 * landmarks), 0.5]

    boxes, confidences = yolo_heads.decode(head, [np.array([[row]], np.float32)], 0.3)

    assert boxes.tolist() == [BOX]
    assert confidences == pytest.approx([0.4])


@pytest.mark.parametrize(
    ("head", "shapes"),
    [
        (XyxyConfidenceHead(kind="xyxy-confidence"), [(1, 20, 6)]),
        (XyxyConfidenceHead(kind="xyxy-confidence"), [(1, 20, 5), (1, 20, 5)]),
        (YoloV8DecodedHead(kind="yolov8-decoded"), [(1, 20, 5)]),
        (YoloV5DecodedHead(kind="yolov5-decoded"), [(1, 20, 5)]),
        (YoloV8DflHead(kind="yolov8-dfl", strides=(8, 16)), [(1, 65, 8, 8)]),
        (YoloV8DflHead(kind="yolov8-dfl", strides=(8,), landmarks=5), [(1, 65, 8, 8)]),
    ],
)
def test_outputs_of_another_shape_are_a_mismatch(head, shapes) -> None:  # type: ignore[no-untyped-def]
    outputs = [np.zeros(shape, np.float32) for shape in shapes]

    with pytest.raises(yolo_heads.HeadMismatchError, match="expected"):
        yolo_heads.decode(head, outputs, 0.5)
