"""face_detector.py on real networks: a tiny one, somebody else's YOLO, and the shipped ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.domain import Box, Detection
from appliance.errors import ModelError
from appliance.inference.face_detector import FaceDetector, suppress
from appliance.pictures.picture_file import read_picture
from tests.inference.shared_data import ROOT, shared, shipped
from tests.inference.tiny_networks import save_detector, save_emotion

PORTRAIT = ROOT / "appliance" / "camera" / "assets" / "astronaut.jpg"
PORTRAIT_FACE = Box(160, 55, 255, 165)


def frame_of(video: Path, number: int) -> np.ndarray:
    capture = cv2.VideoCapture(str(video))
    for _ in range(number + 1):
        ok, frame = capture.read()
        assert ok
    capture.release()
    return frame


def matches(detection: Detection, box: Box) -> bool:
    """The project's rule: centre inside, height 0.35 to 2.2 times the box's."""
    x, y = detection.box.centre
    ratio = detection.box.height_px / box.height_px
    return box.x1 <= x <= box.x2 and box.y1 <= y <= box.y2 and 0.35 <= ratio <= 2.2


def test_bright_cell_is_found_where_it_is_in_the_picture(tmp_path: Path) -> None:
    detector = FaceDetector.open(save_detector(tmp_path), threads=1)
    # Twice as wide as high: halved and letterboxed with 16 px above and below.
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[32:64, 96:128] = 230

    (found,) = detector.detect(picture)

    assert found.box == Box(96, 32, 128, 64)
    assert found.confidence == pytest.approx(230 / 255, abs=0.01)


def test_boxes_end_at_the_picture_s_edge(tmp_path: Path) -> None:
    detector = FaceDetector.open(save_detector(tmp_path), threads=1, confidence_threshold=0.2)
    # 24 of 64 rows of the input belong to the picture: the second row of cells hangs over.
    picture = np.full((24, 64, 3), 255, np.uint8)

    boxes = [found.box for found in detector.detect(picture)]

    assert boxes
    assert min(box.y1 for box in boxes) == 0
    assert max(box.y2 for box in boxes) == 24


def test_asked_threshold_replaces_the_manifest_s(tmp_path: Path) -> None:
    path = save_detector(tmp_path, confidence_threshold=0.9)
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:16, :16] = 128

    assert FaceDetector.open(path, threads=1).detect(picture) == ()
    assert len(FaceDetector.open(path, threads=1, confidence_threshold=0.4).detect(picture)) == 1


def test_most_confident_comes_first(tmp_path: Path) -> None:
    detector = FaceDetector.open(save_detector(tmp_path), threads=1, confidence_threshold=0.1)
    picture = np.zeros((64, 64, 3), np.uint8)
    for column, brightness in enumerate((100, 250, 180)):
        picture[:16, 16 * column : 16 * column + 16] = brightness

    confidences = [found.confidence for found in detector.detect(picture)]

    assert confidences == pytest.approx([250 / 255, 180 / 255, 100 / 255], abs=0.01)


def test_of_overlapping_boxes_the_most_confident_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10]], np.float32)

    kept = suppress(boxes, np.array([0.6, 0.9, 0.3], np.float32), 0.45)

    assert kept.tolist() == [1, 2]


def test_nothing_to_suppress_is_nothing() -> None:
    assert len(suppress(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), 0.45)) == 0


def test_emotion_network_is_no_detector(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is for emotion, not for face-detection"):
        FaceDetector.open(save_emotion(tmp_path))


def test_wrong_head_is_refused_when_opened(tmp_path: Path) -> None:
    path = save_detector(tmp_path, head={"kind": "yolov5-decoded"})

    with pytest.raises(ModelError, match="head yolov5-decoded of its manifest"):
        FaceDetector.open(path)


def test_unknown_output_is_refused_when_opened(tmp_path: Path) -> None:
    path = save_detector(tmp_path, head={"kind": "xyxy-confidence", "outputs": ["boxes9"]})

    with pytest.raises(ModelError, match=r"no output boxes9 \(it has detections\)"):
        FaceDetector.open(path)


@pytest.fixture
def foreign(tmp_path: Path) -> FaceDetector:
    """A YOLOv8 face network with landmarks that this project did not make.

    Its manifest is the one that models/README.md tells people to write.
    """
    network = tmp_path / "yolov8-lite-t.onnx"
    shutil.copyfile(shared("third-party/yolov8-lite-t.onnx"), network)
    page = (ROOT / "models" / "README.md").read_text("utf-8")
    manifest = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert manifest is not None
    network.with_suffix(".json").write_text(manifest[1], "utf-8")
    return FaceDetector.open(network)


def test_foreign_yolo_finds_three_people_in_a_shop(foreign: FaceDetector) -> None:
    video = shared("video/face-demographics-walking-and-pause.gif")
    expected = [Box(59, 80, 106, 148), Box(199, 65, 254, 135), Box(348, 99, 401, 169)]

    found = foreign.detect(frame_of(video, 30))

    assert len(found) == 3
    assert all(any(matches(face, box) for face in found) for box in expected)


def test_foreign_yolo_finds_the_portrait_and_nobody_from_above(foreign: FaceDetector) -> None:
    (face,) = foreign.detect(read_picture(PORTRAIT))

    assert matches(face, PORTRAIT_FACE)
    assert foreign.detect(frame_of(shared("video/people-detection.gif"), 10)) == ()


@pytest.mark.parametrize("file", ["face_yolo_320.onnx", "face_yolo_416.onnx"])
def test_shipped_detector_finds_the_portrait(file: str) -> None:
    detector = FaceDetector.open(shipped(file))

    face = detector.detect(read_picture(PORTRAIT))[0]

    assert matches(face, PORTRAIT_FACE)
