"""``appliance mood`` on real files and a tiny real network: its JSON is a contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import pytest
from PIL import Image as PillowImage

from appliance.cli.mood import mood
from appliance.domain import Mood
from tests.cli.conftest import Type
from tests.inference.shared_data import ROOT, shipped
from tests.inference.tiny_networks import save_mood

HEIC = ROOT / "tests" / "pictures" / "fixtures" / "turned.heic"


@pytest.fixture
def mood_command(
    run_command: Callable[[click.Command], Type], tmp_path: Path, context: Any
) -> Type:
    """The command with a network that likes red and is excited by green."""
    folder = tmp_path / "network"
    folder.mkdir()
    models = context.settings.models.model_copy(update={"mood": str(save_mood(folder))})
    # A cached property: the settings as this unit's file would have them.
    context.__dict__["settings"] = context.settings.model_copy(update={"models": models})
    return run_command(mood)


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def coloured(path: Path, *colour: int, size: tuple[int, int] = (40, 30)) -> Path:
    """A picture of one colour (red, green, blue and perhaps opacity)."""
    mode = "RGBA" if len(colour) == 4 else "RGB"
    PillowImage.new(mode, size, colour).save(path)
    return path


def test_json_is_one_object_a_line(mood_command: Type, tmp_path: Path) -> None:
    status, output = mood_command("--json", coloured(tmp_path / "red.png", 255, 255, 0))
    assert status == 0
    (told,) = objects(output)
    assert list(told) == ["file", "mood", "probabilities", "valence", "arousal"]
    assert told["file"] == str(tmp_path / "red.png")
    assert told["mood"] == "happy"
    assert list(told["probabilities"]) == [mood.value for mood in Mood]
    assert sum(told["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert (told["valence"], told["arousal"]) == (0.5, 0.25)


def test_a_bad_picture_is_one_line_and_the_rest_goes_on(mood_command: Type, tmp_path: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    coloured(folder / "a.png", 255, 0, 0)
    coloured(folder / "b.png", 0, 0, 0, size=(1, 1))
    (folder / "c.jpg").write_bytes(b"no picture")
    (folder / "d.jpg").write_bytes(b"")
    whole = coloured(folder / "e.jpg", 0, 255, 0).read_bytes()
    (folder / "e.jpg").write_bytes(whole[:-20])
    # 20,000 x 10,000 by its header alone; it must be refused before it is decoded.
    huge = bytearray(coloured(folder / "f.png", 1, 2, 3).read_bytes())
    huge[16:24] = (20_000).to_bytes(4, "big") + (10_000).to_bytes(4, "big")
    (folder / "f.png").write_bytes(huge)
    coloured(folder / "g.png", 255, 255, 0)

    status, output = mood_command("--json", folder)

    assert status == 1
    told = objects(output)
    assert [Path(each["file"]).name[0] for each in told] == list("abcdefg")
    errors = {Path(each["file"]).name[0]: each.get("error", "") for each in told}
    for name, said in {
        "b": "only 1x1 pixels",
        "c": "no picture that can be read",
        "d": "is empty",
        "e": "damaged",
        "f": "10000 pixels, more than 100 megapixels",
    }.items():
        assert said in errors[name]
        assert "\n" not in errors[name]
    assert [each["mood"] for each in told if "mood" in each] == ["peaceful", "happy"]


def test_odd_kinds_are_seen_as_people_see_them(mood_command: Type, tmp_path: Path) -> None:
    PillowImage.new("CMYK", (40, 30), (0, 255, 255, 0)).save(tmp_path / "a-cmyk-red.jpg")
    coloured(tmp_path / "b-transparent.png", 0, 0, 255, 0)
    status, output = mood_command(
        "--json", tmp_path / "a-cmyk-red.jpg", tmp_path / "b-transparent.png", HEIC
    )
    assert status == 0
    red, white, phone = objects(output)
    assert phone["mood"] in list(Mood)
    assert red["valence"] == pytest.approx(0.5, abs=0.05)
    assert (white["valence"], white["arousal"]) == pytest.approx((0, 0.25), abs=0.01)


def test_an_empty_folder_is_told(mood_command: Type, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    status, output = mood_command(tmp_path / "none")
    assert status == 1
    assert "holds no picture" in output


def test_the_shipped_network_tells_a_sunny_meadow_from_a_dark_cellar(
    run_command: Callable[[click.Command], Type], tmp_path: Path
) -> None:
    shipped("picture_mood.onnx")
    portrait = ROOT / "appliance" / "camera" / "assets" / "astronaut.jpg"
    dark = cv2.imread(str(portrait)) // 8
    cv2.imwrite(str(tmp_path / "dark.png"), dark.astype(np.uint8))
    status, output = run_command(mood)("--json", portrait, tmp_path / "dark.png")
    assert status == 0
    light, dark_told = objects(output)
    assert light["valence"] > dark_told["valence"]
