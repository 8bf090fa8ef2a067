"""Files come into the library's folder whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from appliance.content import intake
from appliance.content.clip_folder import ClipFolder
from appliance.content.intake import check_file, leave_out, take_in
from appliance.content.media import probe, sha256_of
from appliance.errors import ContentError
from tests.tiny_video import make_tiny_video


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_video(tmp_path_factory.mktemp("video") / "tiny.mp4")


@pytest.fixture
def video(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "봄 clip.mp4"))


@pytest.fixture
def folder(tmp_path: Path) -> ClipFolder:
    return ClipFolder(tmp_path / "state" / "clips")


def names(folder: ClipFolder) -> set[str]:
    return {path.name for path in folder.path.iterdir()} if folder.path.exists() else set()


def test_a_clip_and_its_thumbnail_are_kept_under_the_contents_name(
    video: Path, original: Path, folder: ClipFolder
) -> None:
    checked = check_file(video)
    assert (checked.codec, checked.suffix) == ("h264", ".mp4")
    assert checked.duration_s == pytest.approx(1, abs=0.1)
    take_in(checked, folder)
    sha = sha256_of(original)
    assert names(folder) == {f"{sha}.mp4", f"{sha}.jpg"}
    assert (folder.path / checked.file).read_bytes() == original.read_bytes()
    assert (folder.path / checked.file).stat().st_mode & 0o777 == 0o644
    assert video.exists()
    leave_out(checked, folder)
    assert names(folder) == set()


def test_a_cut_file_is_refused_and_left_alone(original: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    content = original.read_bytes()
    cut.write_bytes(content[:-100])
    assert probe(cut).duration_s == pytest.approx(1, abs=0.1)
    with pytest.raises(ContentError, match=r"cut\.mp4 is damaged or cut short"):
        check_file(cut)
    assert cut.stat().st_size == len(content) - 100


def test_what_the_panel_cannot_play_is_refused_with_the_reason(tmp_path: Path) -> None:
    hevc = make_tiny_video(tmp_path / "hevc.mp4", "libx265")
    with pytest.raises(ContentError, match=r"hevc\.mp4: .*hevc.*convert it first"):
        check_file(hevc)


def test_a_blink_is_no_clip(tmp_path: Path) -> None:
    blink = make_tiny_video(tmp_path / "blink.mp4", duration_s=0.2)
    with pytest.raises(ContentError, match=r"lasts 0\.2 s"):
        check_file(blink)


def test_a_file_that_changes_after_the_check_is_not_kept(video: Path, folder: ClipFolder) -> None:
    checked = check_file(video)
    video.write_bytes(b"something else")
    with pytest.raises(ContentError, match="changed while it was copied"):
        take_in(checked, folder)
    assert names(folder) == set()


@pytest.mark.parametrize("error", [ContentError("no picture"), KeyboardInterrupt()])
def test_without_a_thumbnail_nothing_stays(
    video: Path, folder: ClipFolder, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = check_file(video)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(intake, "make_thumbnail", fail)
    with pytest.raises(type(error)):
        take_in(checked, folder)
    assert names(folder) == set()


def test_a_full_disk_leaves_nothing_and_says_so(
    video: Path, folder: ClipFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = check_file(video)

    def full(source: object, copy: object, size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(ContentError, match=r"No space left on device.*free space"):
        take_in(checked, folder)
    assert names(folder) == set()


def test_a_folder_that_cannot_be_made_is_named(video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ContentError, match="cannot write to"):
        ClipFolder(tmp_path / "file" / "clips").keep(video, "x.mp4")


def test_copies_that_the_power_cut_are_swept_but_not_those_under_way(
    video: Path, folder: ClipFolder
) -> None:
    folder.path.mkdir(parents=True)
    stale, fresh = folder.path / ".incoming-stale", folder.path / ".incoming-fresh"
    for part in (stale, fresh):
        part.write_bytes(b"half")
    os.utime(stale, (0, 0))
    take_in(check_file(video), folder)
    assert not stale.exists()
    assert fresh.exists()


def test_discarding_what_is_gone_is_no_error(folder: ClipFolder) -> None:
    folder.discard("gone.mp4")
