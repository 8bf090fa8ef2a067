"""model_folder.py: installing, going back, and being interrupted at any moment."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from appliance.errors import ModelError
from appliance.inference.model_folder import SHIPPED, ModelFolder
from appliance.inference.model_manifest import ModelManifest, load_manifest
from tests.inference.tiny_networks import save_detector, save_emotion


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "state" / "models")


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "given"
    path.mkdir()
    return path


def install(folder: ModelFolder, given: Path, version: str) -> str:
    """Install an emotion network of this version; returns its entry."""
    folder.install(save_emotion(given, version=version), load_manifest)
    return folder.selection().of("emotion").current


def in_force(folder: ModelFolder, task: Any = "emotion") -> str:
    """Version of the network in force, as its files say."""
    entry = folder.selection().of(task).current
    if entry == SHIPPED:
        return SHIPPED
    manifest = load_manifest(folder.manifest_path(entry))
    assert (folder.path / entry / manifest.file).is_file()
    return manifest.version


def entries(folder: ModelFolder) -> set[str]:
    return {child.name for child in folder.path.iterdir() if child.is_dir()}


def refuse(path: Path) -> ModelManifest:
    raise ModelError(f"Network {path.with_suffix('.onnx')} is no good")


def test_nothing_is_installed_at_first_and_asking_makes_no_folder(folder: ModelFolder) -> None:
    assert folder.selection().of("emotion").entries() == (SHIPPED,)
    assert folder.stamp() is None
    assert not folder.path.exists()


def test_installed_network_is_a_copy_of_what_was_given(folder: ModelFolder, given: Path) -> None:
    entry = install(folder, given, "1")

    kept = folder.path / entry
    assert (kept / "emotion.onnx").read_bytes() == (given / "emotion.onnx").read_bytes()
    assert folder.manifest_path(entry).read_bytes() == (given / "emotion.json").read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o755
    assert (kept / "emotion.onnx").stat().st_mode & 0o777 == 0o644


def test_exactly_the_previous_network_is_kept(folder: ModelFolder, given: Path) -> None:
    first, second, third = (install(folder, given, version) for version in "123")

    assert len({first, second, third}) == 3
    assert folder.selection().of("emotion").entries() == (third, second, SHIPPED)
    assert entries(folder) == {third, second}


def test_installing_again_what_is_in_force_keeps_the_one_before(
    folder: ModelFolder, given: Path
) -> None:
    first, second = (install(folder, given, version) for version in "12")

    install(folder, given, "2")

    assert folder.selection().of("emotion").entries() == (second, first, SHIPPED)


def test_installing_again_mends_a_damaged_network(folder: ModelFolder, given: Path) -> None:
    entry = install(folder, given, "1")
    network = folder.path / entry / "emotion.onnx"
    network.write_bytes(b"damaged")
    stamp = folder.stamp()

    install(folder, given, "1")

    assert network.read_bytes() == (given / "emotion.onnx").read_bytes()
    assert folder.stamp() != stamp


def test_rollback_goes_back_and_twice_is_back_again(folder: ModelFolder, given: Path) -> None:
    for version in "12":
        install(folder, given, version)

    folder.rollback("emotion", load_manifest)
    assert in_force(folder) == "1"
    folder.rollback(None, load_manifest)
    assert in_force(folder) == "2"


def test_rollback_of_the_first_install_returns_to_the_shipped_network(
    folder: ModelFolder, given: Path
) -> None:
    install(folder, given, "1")

    folder.rollback("emotion", load_manifest)
    assert in_force(folder) == SHIPPED
    folder.rollback("emotion", load_manifest)
    assert in_force(folder) == "1"


def test_rollback_without_a_name_means_the_network_changed_last(
    folder: ModelFolder, given: Path
) -> None:
    install(folder, given, "1")
    folder.install(save_detector(given), load_manifest)

    task, _ = folder.rollback(None, load_manifest)

    assert task == "face-detection"
    assert in_force(folder, "face-detection") == SHIPPED
    assert in_force(folder) == "1"


@pytest.mark.parametrize("task", [None, "face-detection"])
def test_rollback_without_a_network_before_is_refused(
    folder: ModelFolder, given: Path, task: Any
) -> None:
    if task is not None:
        install(folder, given, "1")

    with pytest.raises(ModelError, match=r"There is no .*network to go back to"):
        folder.rollback(task, load_manifest)


def test_rollback_to_a_damaged_network_is_refused(folder: ModelFolder, given: Path) -> None:
    first, _ = (install(folder, given, version) for version in "12")
    (folder.path / first / "manifest.json").write_text("{}", "utf-8")

    with pytest.raises(ModelError, match=r"manifest\.json is damaged"):
        folder.rollback("emotion", load_manifest)
    assert in_force(folder) == "2"


def test_refused_network_changes_nothing_and_is_named_as_given(
    folder: ModelFolder, given: Path
) -> None:
    first = install(folder, given, "1")
    stamp = folder.stamp()

    with pytest.raises(ModelError) as caught:
        folder.install(save_emotion(given, version="2"), refuse)

    assert str(caught.value) == f"Network {given / 'emotion.onnx'} is no good"
    assert folder.stamp() == stamp
    assert entries(folder) == {first}


class Steps:
    """Ends the process, as a power cut would, at the given one of its writes to the disk."""

    def __init__(self, last: int) -> None:
        self.left = last

    def before(self, call: Any) -> Any:
        def counted(*arguments: Any, **named: Any) -> Any:
            if self.left == 0:
                os._exit(9)
            self.left -= 1
            return call(*arguments, **named)

        return counted


def interrupted(folder: ModelFolder, source: Path, step: int) -> bool:
    """Install in a process that ends before its ``step``-th write; False: it finished."""
    child = os.fork()
    if child == 0:
        steps = Steps(step)
        for name in ("replace", "fsync", "fchmod", "unlink", "mkdir"):
            setattr(os, name, steps.before(getattr(os, name)))
        folder.install(source, load_manifest)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 9


def test_interrupted_at_any_moment_the_old_or_the_new_network_is_in_force(
    folder: ModelFolder, given: Path
) -> None:
    install(folder, given, "old")
    source = save_emotion(given, version="new")
    seen = []

    while interrupted(folder, source, len(seen)):
        seen.append(in_force(folder))
        assert len(seen) < 100

    assert seen == sorted(seen, reverse=True)
    assert seen.count("old") > 8, "most of the work comes before the change"
    assert in_force(folder) == "new"


def test_what_an_interrupted_install_left_is_cleared_away(folder: ModelFolder, given: Path) -> None:
    install(folder, given, "1")
    assert interrupted(folder, save_emotion(given, version="2"), 3)
    left = {child.name for child in folder.path.iterdir()}
    assert any(name.startswith(".incoming-") for name in left)

    entry = install(folder, given, "3")

    names = {child.name for child in folder.path.iterdir()}
    before = folder.selection().of("emotion").previous
    assert names == {entry, before, "selection.json", ".lock"}


def test_two_changes_at_a_time_are_refused(folder: ModelFolder, given: Path) -> None:
    install(folder, given, "1")
    with (folder.path / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ModelError, match="Another command is changing"):
            install(folder, given, "2")
    assert in_force(folder) == "1"


def test_folder_that_cannot_be_written_is_one_line(tmp_path: Path, given: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ModelError, match=r"Cannot write to .*owner and the free space"):
        ModelFolder(tmp_path / "file" / "models").install(save_emotion(given), load_manifest)


def test_damaged_selection_says_so_and_installing_mends_it(
    folder: ModelFolder, given: Path
) -> None:
    install(folder, given, "1")
    selection = folder.path / "selection.json"
    wrong = {"schema": 1, "tasks": {"emotion": {"current": "../../etc"}}}
    selection.write_text(json.dumps(wrong), "utf-8")
    with pytest.raises(ModelError, match=r"selection\.json cannot be read \(damaged\)"):
        folder.selection()

    install(folder, given, "2")

    assert in_force(folder) == "2"
