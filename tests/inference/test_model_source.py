"""model_source.py: what an operator may hand over as a network, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from appliance.errors import ModelError
from appliance.inference import model_source
from appliance.inference.model_source import copy_network
from tests.inference.tiny_networks import save_emotion


@pytest.fixture
def network(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    return save_emotion(folder)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def packed(network: Path, *names: str) -> Path:
    path = network.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(network.with_name(Path(name).name), name)
    return path


@pytest.mark.parametrize("suffix", [".onnx", ".json", ".zip"])
def test_onnx_file_manifest_and_zip_all_give_the_two_files(
    network: Path, target: Path, suffix: str
) -> None:
    if suffix == ".zip":
        packed(network, "emotion.onnx", "emotion.json")

    manifest = copy_network(network.with_suffix(suffix), target)

    assert manifest == target / "emotion.json"
    for name in ("emotion.json", "emotion.onnx"):
        assert (target / name).read_bytes() == network.with_name(name).read_bytes()


def test_files_that_do_not_belong_together_are_refused(network: Path, target: Path) -> None:
    other = network.rename(network.with_name("other.onnx"))
    network.with_suffix(".json").rename(other.with_suffix(".json"))

    with pytest.raises(ModelError, match=r"describes emotion\.onnx, not other\.onnx"):
        copy_network(other, target)


@pytest.mark.parametrize(("gone", "complaint"), [(".json", "No manifest"), (".onnx", "No network")])
def test_missing_half_is_named(network: Path, target: Path, gone: str, complaint: str) -> None:
    network.with_suffix(gone).unlink()

    with pytest.raises(ModelError, match=rf"{complaint} .*emotion\{gone}"):
        copy_network(network.with_suffix(".json" if gone == ".onnx" else ".onnx"), target)


@pytest.mark.parametrize(
    "names",
    [
        ("emotion.onnx",),
        ("emotion.onnx", "emotion.json", "given/emotion.json"),
        ("nets/emotion.onnx", "nets/emotion.json"),
        ("../emotion.onnx", "emotion.json"),
        (),
    ],
    ids=["no manifest", "three", "in a folder", "outside", "empty"],
)
def test_zip_of_anything_but_the_two_is_refused(
    network: Path, target: Path, names: tuple[str, ...]
) -> None:
    with pytest.raises(ModelError, match=r"emotion\.zip holds .*pack exactly one"):
        copy_network(packed(network, *names), target)
    assert list(target.iterdir()) == []


def test_zip_whose_manifest_describes_another_file_is_refused(network: Path, target: Path) -> None:
    manifest = json.loads(network.with_suffix(".json").read_text("utf-8"))
    network.with_suffix(".json").write_text(json.dumps(manifest | {"file": "other.onnx"}), "utf-8")

    with pytest.raises(ModelError, match=r"lacks other\.onnx"):
        copy_network(packed(network, "emotion.onnx", "emotion.json"), target)


def test_damaged_zip_is_refused(network: Path, target: Path) -> None:
    path = packed(network, "emotion.onnx", "emotion.json")
    data = bytearray(path.read_bytes())
    data[60:70] = b"0123456789"
    path.write_bytes(data)

    with pytest.raises(ModelError, match=r"emotion\.zip is no ZIP that can be read"):
        copy_network(path, target)


def test_file_that_is_no_zip_and_file_that_is_missing_are_refused(
    network: Path, target: Path
) -> None:
    path = network.with_suffix(".zip")
    with pytest.raises(ModelError, match="No network"):
        copy_network(path, target)
    path.write_bytes(b"no archive")
    with pytest.raises(ModelError, match="is no ZIP that can be read"):
        copy_network(path, target)


def test_other_kinds_of_file_are_refused(network: Path, target: Path) -> None:
    with pytest.raises(ModelError, match=r"is no network: give an \.onnx"):
        copy_network(network.with_suffix(".pt"), target)


@pytest.mark.parametrize("suffix", [".onnx", ".zip"])
def test_network_too_large_for_a_unit_is_refused(
    network: Path, target: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed(network, "emotion.onnx", "emotion.json")
    monkeypatch.setattr(model_source, "MAX_NETWORK_BYTES", 100)

    with pytest.raises(ModelError, match="give a smaller one"):
        copy_network(network.with_suffix(suffix), target)
    assert not (target / "emotion.onnx").exists()
