"""Files come into the library's folder whole or not at all, whoever is killed at what moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.content.clip_folder import SET_ASIDE, ClipFolder
from appliance.errors import ContentError


@pytest.fixture
def folder(tmp_path: Path) -> ClipFolder:
    return ClipFolder(tmp_path / "state" / "clips")


@pytest.fixture
def source(given: Path) -> Path:
    path = given / "source"
    path.write_bytes(b"content")
    return path


def names(folder: ClipFolder) -> set[str]:
    return {path.name for path in folder.path.iterdir()}


def test_a_copy_appears_whole_and_readable_for_others(folder: ClipFolder, source: Path) -> None:
    assert folder.keep(source, "a.mp4") == "a.mp4"
    assert (folder.path / "a.mp4").read_bytes() == b"content"
    assert (folder.path / "a.mp4").stat().st_mode & 0o777 == 0o644
    assert names(folder) == {"a.mp4"}


def test_other_content_than_named_is_not_kept(folder: ClipFolder, source: Path) -> None:
    with pytest.raises(ContentError, match="changed while it was copied"):
        folder.keep(source, "a.mp4", "0" * 64)
    assert names(folder) == set()


def test_the_workspace_goes_with_all_in_it(folder: ClipFolder) -> None:
    def interrupted() -> None:
        with folder.workspace() as room:
            (room / "half.mp4").write_bytes(b"half")
            assert len(names(folder)) == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert names(folder) == set()


def test_a_killed_process_leaves_work_that_the_next_one_clears(folder: ClipFolder) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from appliance.content.clip_folder import ClipFolder\n"
        "with ClipFolder(Path(sys.argv[1])).workspace() as room:\n"
        "    (room / 'half.mp4').write_bytes(b'half'); print('ready', flush=True); time.sleep(1000)"
    )
    command = [sys.executable, "-c", program, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        folder.sweep()
        left = names(folder)
        worker.kill()
    assert len(left) == 1, "work under way is left alone"
    assert len(names(folder)) == 1
    folder.sweep()
    assert names(folder) == set()


def test_old_files_without_a_row_are_set_aside_and_none_is_deleted(folder: ClipFolder) -> None:
    folder.path.mkdir(parents=True)
    old, young, known = (f"{letter * 64}.mp4" for letter in "abc")
    for name in (old, young, known, "my own.mp4"):
        (folder.path / name).touch()
        if name != young:
            os.utime(folder.path / name, (0, 0))
    folder.sweep()
    assert len(names(folder)) == 4
    folder.sweep({known})
    assert names(folder) == {young, known, "my own.mp4"}
    assert (folder.path.parent / SET_ASIDE / old).exists()


def test_room_is_asked_for_with_a_reserve(
    folder: ClipFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.path.mkdir(parents=True)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 500_000_000)
    )
    folder.require_space(200_000_000, 300_000_000)
    with pytest.raises(
        ContentError, match=r"up to 201 MB are needed and 300 MB .* 500 MB are free"
    ):
        folder.require_space(201_000_000, 300_000_000)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ContentError, match="cannot write to"):
        ClipFolder(tmp_path / "file" / "clips").keep(source, "x.mp4")


def test_discarding_what_is_gone_is_no_error(folder: ClipFolder) -> None:
    folder.discard("gone.mp4")
