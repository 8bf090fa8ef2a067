"""``appliance see`` on real pictures and tiny real networks: its JSON is a contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from appliance.cli.context import Context
from appliance.cli.see import see
from appliance.domain import EMOTIONS
from appliance.errors import ModelError, PictureError
from tests.inference.shared_data import ROOT, shipped
from tests.inference.tiny_networks import save_detector, save_emotion

PORTRAIT = ROOT / "appliance" / "camera" / "assets" / "astronaut.jpg"


@pytest.fixture
def networks(tmp_path: Path) -> list[str]:
    folder = tmp_path / "networks"
    folder.mkdir()
    return ["--detector", str(save_detector(folder)), "--emotion", str(save_emotion(folder))]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """``a.png`` has a bright square, ``b.png`` is black, both 128 wide and 64 high."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    bright = np.zeros((64, 128, 3), np.uint8)
    bright[32:64, 96:128] = 255
    cv2.imwrite(str(folder / "a.png"), bright)
    cv2.imwrite(str(folder / "b.png"), np.zeros((64, 128, 3), np.uint8))
    return folder


def run(*arguments: object) -> Result:
    context = Context(state_dir=Path("/nonexistent"), config_path=None)
    return CliRunner().invoke(see, [str(argument) for argument in arguments], obj=context)


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_is_one_object_a_line_with_boxes_in_pixels_of_the_picture(
    pictures: Path, networks: list[str]
) -> None:
    result = run("--json", *networks, pictures / "a.png")

    assert result.exit_code == 0
    (seen,) = objects(result)
    (face,) = seen["faces"]
    assert set(seen) == {"file", "width", "height", "faces", "ms"}
    assert (seen["file"], seen["width"], seen["height"]) == (str(pictures / "a.png"), 128, 64)
    assert set(face) == {"box", "confidence", "emotion", "expression", "valence", "arousal"}
    assert face["box"] == [96, 32, 128, 64]
    assert face["confidence"] == pytest.approx(1.0)
    assert tuple(face["emotion"]) == EMOTIONS
    assert sum(face["emotion"].values()) == pytest.approx(1, abs=1e-3)
    assert face["expression"] == "happy"
    assert face["valence"] == pytest.approx(0.8, abs=0.01)
    assert seen["ms"]["detect"] > 0
    assert seen["ms"]["emotion"] > 0


def test_faint_detections_are_told_down_to_five_percent(
    tmp_path: Path, networks: list[str]
) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:16, :16] = 15  # 0.059
    picture[:16, 48:] = 10  # 0.039
    cv2.imwrite(str(tmp_path / "faint.png"), picture)

    (seen,) = objects(run("--json", *networks, tmp_path / "faint.png"))

    assert [face["box"] for face in seen["faces"]] == [[0, 0, 16, 16]]


def test_people_are_shown_only_what_the_unit_acts_on(tmp_path: Path, networks: list[str]) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:16, :16] = 255
    picture[:16, 48:] = 40  # 0.16, of 0.5 that the manifest asks for
    cv2.imwrite(str(tmp_path / "two.png"), picture)

    told = run(*networks, "--draw", tmp_path / "told", tmp_path / "two.png")
    (seen,) = objects(run("--json", *networks, "--draw", tmp_path / "json", tmp_path / "two.png"))

    assert "1 face\n" in told.stdout
    assert len(seen["faces"]) == 2
    for folder in ("told", "json"):
        drawn = cv2.imread(str(tmp_path / folder / "two.png"))
        assert drawn[8, 48].tolist() == [40, 40, 40]  # no frame here
        assert drawn[16, 8].tolist() == [80, 200, 40]


def test_abstention_is_null(tmp_path: Path, networks: list[str]) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((48, 48, 3), 128, np.uint8))

    (seen,) = objects(run("--json", "--faces-cropped", *networks, tmp_path / "grey.png"))

    assert seen["faces"][0]["expression"] is None


def test_cropped_faces_are_the_whole_picture(pictures: Path, networks: list[str]) -> None:
    seen = objects(run("--json", "--faces-cropped", *networks, pictures))

    assert [Path(each["file"]).name for each in seen] == ["a.png", "b.png"]
    for each in seen:
        (face,) = each["faces"]
        assert face["box"] == [0, 0, 128, 64]
        assert face["confidence"] == 1.0
        assert each["ms"]["detect"] == 0
        assert each["ms"]["emotion"] > 0


def test_batches_of_cropped_faces_keep_order_and_errors(
    tmp_path: Path, networks: list[str]
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        brightness = 255 if number % 2 else 0
        cv2.imwrite(str(folder / f"{number:02}.png"), np.full((20, 20, 3), brightness, np.uint8))
    (folder / "17.png").write_bytes(b"broken")

    result = run("--json", "--faces-cropped", *networks, folder)

    seen = objects(result)
    assert result.exit_code == 1
    assert [Path(each["file"]).stem for each in seen] == [f"{number:02}" for number in range(40)]
    for number, each in enumerate(seen):
        if number == 17:
            assert set(each) == {"file", "error"}
        else:
            expected = "happy" if number % 2 else "sad"
            assert each["faces"][0]["expression"] == expected


def test_folders_are_walked_in_order_and_other_files_left_alone(
    pictures: Path, networks: list[str]
) -> None:
    (pictures / "deeper").mkdir()
    cv2.imwrite(str(pictures / "deeper" / "c.JPG"), np.zeros((20, 20, 3), np.uint8))
    (pictures / "notes.txt").write_text("no picture", "utf-8")

    seen = objects(run("--json", *networks, pictures))

    names = [str(Path(each["file"]).relative_to(pictures)) for each in seen]
    assert names == ["a.png", "b.png", "deeper/c.JPG"]


def test_unreadable_pictures_are_told_and_the_rest_is_seen(
    pictures: Path, networks: list[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "empty").mkdir()
    missing = tmp_path / "missing.png"

    result = run(
        "--json", *networks, tmp_path / "broken.jpg", missing, tmp_path / "empty", pictures
    )

    seen = objects(result)
    assert result.exit_code == 1
    assert [set(each) for each in seen[:3]] == [{"file", "error"}] * 3
    assert "No such file" in seen[1]["error"]
    assert "holds no picture" in seen[2]["error"]
    assert len(seen) == 5
    assert len(seen[3]["faces"]) == 1


def test_readable_output_names_faces_and_complains_on_stderr(
    pictures: Path, networks: list[str], tmp_path: Path
) -> None:
    result = run(*networks, pictures, tmp_path / "missing.png")

    assert result.exit_code == 1
    assert "a.png  128x64  1 face" in result.stdout
    assert "at 96,32  32x32 px  happy" in result.stdout
    assert "b.png  128x64  0 faces" in result.stdout
    assert "missing.png cannot be read" in result.stderr
    assert "missing.png" not in result.stdout


def test_drawn_pictures_carry_a_frame_around_each_face(
    pictures: Path, networks: list[str], tmp_path: Path
) -> None:
    before = (pictures / "a.png").read_bytes()

    run(*networks, "--draw", tmp_path / "drawn", pictures)

    drawn = cv2.imread(str(tmp_path / "drawn" / "a.png"))
    assert drawn.shape == (64, 128, 3)
    assert tuple(drawn[48, 96]) == (80, 200, 40)
    assert tuple(drawn[10, 10]) == (0, 0, 0)
    assert (tmp_path / "drawn" / "b.png").exists()
    assert (pictures / "a.png").read_bytes() == before


def test_one_picture_may_be_drawn_into_a_file(
    pictures: Path, networks: list[str], tmp_path: Path
) -> None:
    run(*networks, "--draw", tmp_path / "out.jpg", pictures / "a.png")

    assert cv2.imread(str(tmp_path / "out.jpg")).shape == (64, 128, 3)


def test_pictures_of_the_same_name_are_drawn_beside_one_another(
    pictures: Path, networks: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "a.png"
    cv2.imwrite(str(other), np.zeros((20, 20, 3), np.uint8))

    run(*networks, "--draw", tmp_path / "drawn", pictures / "a.png", other)

    assert sorted(file.name for file in (tmp_path / "drawn").iterdir()) == ["a-2.png", "a.png"]


@pytest.mark.parametrize("into", ["same folder", "one file for many"])
def test_drawing_never_overwrites_its_pictures(
    pictures: Path, networks: list[str], into: str
) -> None:
    target = pictures if into == "same folder" else pictures / "a.png"

    result = run(*networks, "--draw", target, pictures)

    assert isinstance(result.exception, PictureError)
    assert cv2.imread(str(pictures / "a.png"))[48, 96].tolist() == [255, 255, 255]


def test_missing_network_is_an_expected_error(pictures: Path, tmp_path: Path) -> None:
    result = run("--emotion", tmp_path / "none.onnx", pictures)

    assert isinstance(result.exception, ModelError)
    assert "none.json" in str(result.exception)


def test_shipped_networks_see_a_happy_face_in_the_portrait() -> None:
    shipped("face_yolo_320.onnx")
    shipped("emotion_resnet50_mish_int8.onnx")

    (seen,) = objects(run("--json", PORTRAIT))

    face = seen["faces"][0]
    assert face["confidence"] > 0.5
    assert face["expression"] == "happy"
