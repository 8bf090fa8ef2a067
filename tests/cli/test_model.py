"""``appliance model`` as an operator types it, on real networks."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from appliance.cli.bench import bench
from appliance.cli.context import Context
from appliance.cli.doctor import examine
from appliance.cli.model import measured, model
from appliance.cli.see import see
from appliance.config.settings import ModelSettings
from appliance.daemon.networks import check_speed
from appliance.errors import ModelError
from appliance.inference.model_manifest import load_manifest
from tests.cli.conftest import Type
from tests.inference.shared_data import ROOT, shipped
from tests.inference.tiny_networks import save_detector, save_emotion, save_mood

PORTRAIT = ROOT / "appliance" / "camera" / "assets" / "astronaut.jpg"


@pytest.fixture
def model_verb(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(model)


def emotion_in_use(model_verb: Type) -> dict[str, object]:
    status, output = model_verb("list", "--json")
    assert status == 0
    rows = json.loads(output)
    assert [row["task"] for row in rows] == ["face-detection", "emotion", "picture-mood"]
    return rows[1]


def test_install_list_rollback_and_back_again(model_verb: Type, given: Path) -> None:
    shipped("face_yolo_320.onnx")
    status, output = model_verb("install", save_emotion(given, version="7"))
    assert status == 0
    assert "installed for emotion: tiny-emotion 7" in output
    assert "next start" in output
    row = emotion_in_use(model_verb)
    assert (row["in_use"]["version"], row["in_use"]["from"]) == ("7", "installed")
    assert row["previous"]["from"] == "shipped"

    status, output = model_verb("rollback")
    assert status == 0
    assert output.startswith("back for emotion: ")
    row = emotion_in_use(model_verb)
    assert (row["in_use"]["from"], row["previous"]["version"]) == ("shipped", "7")

    assert model_verb("rollback", "emotion")[0] == 0
    assert emotion_in_use(model_verb)["in_use"]["version"] == "7"


def test_face_network_is_checked_on_the_portrait_and_installed(
    model_verb: Type, given: Path
) -> None:
    path = shutil.copy(shipped("face_yolo_320.onnx"), given)
    shutil.copy(shipped("face_yolo_320.json"), given)

    status, output = model_verb("install", path)

    assert status == 0, output
    assert "installed for face-detection: face-yolo-320" in output
    shown = json.loads(model_verb("show", "face-detection", "--json")[1])
    assert shown["from"] == "installed"
    assert shown["task"] == "face-detection"
    assert "self_test" not in shown


def test_mood_network_is_checked_and_installed(model_verb: Type, given: Path) -> None:
    status, output = model_verb("install", save_mood(given))
    assert status == 0, output
    assert "installed for picture-mood: tiny-mood 1" in output
    assert json.loads(model_verb("show", "picture-mood", "--json")[1])["from"] == "installed"


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("manifest", "is wrong: licence: is missing"),
        ("checksum", "is not the file its manifest describes"),
        ("shape", "its manifest says float"),
        ("self test", "answers its self test differently"),
        ("portrait", "does not find the face in the test picture"),
        ("missing", "No manifest"),
    ],
)
def test_each_failure_is_one_line_and_the_network_in_use_stays(
    model_verb: Type, context: Context, given: Path, damage: str, complaint: str
) -> None:
    assert model_verb("install", save_emotion(given, version="1"))[0] == 0
    before = (context.state_dir / "models" / "selection.json").read_bytes()

    status, output = model_verb("install", damaged(given, damage))

    assert status == 1
    assert complaint in output
    assert output.count("\n") == 0
    assert (context.state_dir / "models" / "selection.json").read_bytes() == before
    assert [path.name for path in context.state_dir.glob("models/.incoming*")] == []


def damaged(folder: Path, damage: str) -> Path:
    if damage == "portrait":
        return save_detector(folder)
    path = save_emotion(folder, version="2")
    manifest = path.with_suffix(".json")
    facts = json.loads(manifest.read_text("utf-8"))
    if damage == "manifest":
        del facts["licence"]
    if damage == "self test":
        facts["self_test"] = {"input_seed": 1, "output": [[9.0] * 7], "tolerance": 0.1}
    if damage == "shape":
        facts["input"]["size_px"] = [9, 8]
    manifest.write_text(json.dumps(facts), "utf-8")
    if damage == "checksum":
        path.write_bytes(path.read_bytes() + b"\0")
    if damage == "missing":
        manifest.unlink()
    return path


def test_rollback_without_an_install_says_so(model_verb: Type) -> None:
    status, output = model_verb("rollback")
    assert status == 1
    assert "no network to go back to" in output


def test_install_says_when_the_settings_go_before_it(tmp_path: Path, given: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[models]\nemotion = "/elsewhere/mine.onnx"\n', "utf-8")
    context = Context(state_dir=tmp_path / "state", config_path=config)

    result = CliRunner().invoke(model, ["install", str(save_emotion(given))], obj=context)

    assert result.exit_code == 0
    assert "not used while the settings name /elsewhere/mine.onnx" in result.output


def test_see_bench_and_doctor_use_the_installed_networks(
    model_verb: Type, context: Context, given: Path
) -> None:
    shipped("face_yolo_320.onnx")
    assert model_verb("install", save_emotion(given, version="7"))[0] == 0

    benched = CliRunner().invoke(bench, ["--json", "--frames", "1"], obj=context)
    assert json.loads(benched.stdout)["models"]["emotion"] == "tiny-emotion 7"

    seen = CliRunner().invoke(see, ["--json", str(PORTRAIT)], obj=context)
    face = json.loads(seen.stdout)["faces"][0]
    # The tiny network knows two emotions only, the five others are equally unlikely.
    assert len({face["emotion"][name] for name in ("fear", "anger", "disgust")}) == 1

    finding = next(finding for finding in examine(context) if finding.part == "networks")
    assert (finding.verdict, "tiny-emotion 7 (installed)" in finding.message) == ("ok", True)


def test_damaged_network_is_told_by_doctor_list_and_see(
    model_verb: Type, context: Context, given: Path
) -> None:
    shipped("face_yolo_320.onnx")
    shipped("emotion_resnet50_mish_int8.onnx")
    assert model_verb("install", save_emotion(given))[0] == 0
    (network,) = context.state_dir.glob("models/*/emotion.onnx")
    network.write_bytes(b"damaged")

    finding = next(finding for finding in examine(context) if finding.part == "networks")
    assert finding.verdict == "warn"
    assert str(network) in finding.message

    row = emotion_in_use(model_verb)
    assert row["in_use"]["from"] == "shipped"
    assert str(network) in row["troubles"][0]
    status, output = model_verb("list")
    assert (status, str(network) in output) == (0, True)

    seen = CliRunner().invoke(see, ["--json", str(PORTRAIT)], obj=context)
    assert seen.exit_code == 0
    assert "is used instead" in seen.stderr


def test_show_is_a_line_per_fact(model_verb: Type, given: Path) -> None:
    assert model_verb("install", save_emotion(given, metrics={"shop": {"seven": 0.7}}))[0] == 0

    status, output = model_verb("show", "emotion")

    assert status == 0
    facts = dict(line.split(maxsplit=1) for line in output.splitlines())
    assert facts["name"] == "tiny-emotion"
    assert facts["from"] == "installed"
    assert facts["input.size_px"] == "8, 8"
    assert facts["metrics.shop.seven"] == "0.7"
    assert facts["expressions.sad"] == "sadness"


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({}, None),
        ({"epochs": 12, "note": "x"}, None),
        ({"shop": {"seven": 0.7, "three": 0.85}}, "70.0% over seven, 85.0% over three (shop)"),
        ({"shop": {"recall": 0.9, "false_alarms": 0.2}}, "90.0% found at 0.20 false alarms (shop)"),
    ],
)
def test_measured_is_read_from_the_metrics(given: Path, metrics, words) -> None:
    assert measured(load_manifest(save_emotion(given, metrics=metrics))) == words


def test_install_states_the_time_and_refuses_a_slower_network(
    tmp_path: Path, model_verb: Type, given: Path
) -> None:
    status, output = model_verb("install", save_emotion(given))
    assert status == 0, output
    assert re.search(r"one picture takes \d+\.\d ms here, at most 1000 may", output)
    slow = ModelSettings.model_construct(threads=1, max_ms=0.0)
    with pytest.raises(ModelError, match=r"ms for one picture here, at most 0 may"):
        check_speed(save_emotion(given), slow)
