"""Training material is read as it lies: from folders and from tar files, mistakes named."""

from __future__ import annotations

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.face_detector.pictures import (
    TrainingDataError,
    decode,
    entries,
    is_kept_apart,
    load_faces,
    parse_labels,
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with two labelled photographs, one of them without a face."""
    for part in ("images", "labels"):
        (tmp_path / "faces" / "valid" / part).mkdir(parents=True)
    for name, text in (("one", "0 0.5 0.5 0.2 0.4\n"), ("two", "")):
        picture = np.full((100, 200, 3), 90, np.uint8)
        cv2.imwrite(str(tmp_path / "faces" / "valid" / "images" / f"{name}.jpg"), picture)
        (tmp_path / "faces" / "valid" / "labels" / f"{name}.txt").write_text(text)
    return tmp_path


def test_labels_become_boxes_in_pixels() -> None:
    boxes = parse_labels("0 0.5 0.25 0.1 0.5\n\n0 0.1 0.9 0.2 0.2\n", 200, 100, "x")
    np.testing.assert_allclose(boxes, [[90, 0, 110, 50], [0, 80, 40, 100]], atol=1e-3)


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.2", "0 a b c d", "0 0.1 0.1 0.1 0.1 0.1"])
def test_a_wrong_label_line_is_named(line: str) -> None:
    with pytest.raises(TrainingDataError, match="photo line 2"):
        parse_labels(f"0 0.5 0.5 0.1 0.1\n{line}\n", 10, 10, "photo")


def test_photographs_come_with_their_boxes(data: Path) -> None:
    one, two = load_faces(data, "valid")
    assert (one.name, one.pixels.shape) == ("one", (100, 200, 3))
    np.testing.assert_allclose(one.boxes, [[80, 30, 120, 70]], atol=1e-3)
    assert two.boxes.shape == (0, 4)


def test_a_tar_file_gives_what_its_folder_gives(data: Path) -> None:
    expected = list(entries(data, "faces", "valid"))
    with tarfile.open(data / "faces.tar", "w") as tar:
        tar.add(data / "faces", arcname="faces")
    (data / "faces").rename(data / "elsewhere")
    assert sorted(entries(data, "faces", "valid")) == sorted(expected)
    assert len(expected) == 4


def test_a_photograph_without_labels_is_named(data: Path) -> None:
    (data / "faces" / "valid" / "labels" / "two.txt").unlink()
    with pytest.raises(TrainingDataError, match="two"):
        load_faces(data, "valid")


def test_an_unreadable_picture_is_named() -> None:
    with pytest.raises(TrainingDataError, match=r"broken\.jpg"):
        decode(b"no picture", "broken.jpg")


def test_missing_material_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="--data"):
        load_faces(tmp_path, "train")


def test_large_pictures_are_reduced_to_480_px() -> None:
    _, encoded = cv2.imencode(".png", np.zeros((300, 960, 3), np.uint8))
    assert decode(encoded.tobytes(), "wide").shape == (150, 480, 3)


def test_a_person_is_wholly_kept_apart_or_wholly_trained_on() -> None:
    people = [f"Person_{index}" for index in range(200)]
    sides = [
        {
            is_kept_apart(f"{folder}/{person}_{n}.jpg")
            for folder in ("fear", "neutral")
            for n in (1, 7)
        }
        for person in people
    ]
    assert all(len(side) == 1 for side in sides)
    assert 5 < sum(side == {True} for side in sides) < 50
