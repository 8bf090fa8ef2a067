"""Dropped files become clips through the control loop's one connection, or fail in the open."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.config.library_settings import LibrarySettings
from appliance.content.clip_folder import ClipFolder
from appliance.daemon import drop_folder_loop
from appliance.daemon.drop_folder_loop import DropFolderLoop
from appliance.domain import ClipKind, Season
from appliance.errors import StoreError
from appliance.messages import ClipPrepared, Message
from appliance.store.clips import ClipStore
from tests.content.odd_files import HEVC, encode, picture
from tests.daemon.test_control_loop import Rig
from tests.tiny_video import make_tiny_video

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_video(tmp_path_factory.mktemp("video") / "film.mp4")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, clips=0)


class Unit:
    """A control loop in this thread and the drop folder's worker in another."""

    def __init__(self, rig: Rig, state_dir: Path) -> None:
        self.rig = rig
        self.settings = LibrarySettings(settle_s=1, reserve_mb=0)
        self.stop = threading.Event()
        self.drop = state_dir / "drop"
        self.failed = self.drop / "failed"
        self.loop = self.another(rig.inbox.post)
        self.loop.look(0, self.stop)

    def another(self, post: Callable[[Message], bool]) -> DropFolderLoop:
        return DropFolderLoop(self.drop.parent, post, lambda: self.settings)

    def put(self, film: Path, name: str) -> Path:
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(film, path))

    def look(self) -> None:
        """All that is there has come to rest; the control loop goes on meanwhile."""
        self.loop.look(0, self.stop)
        worker = threading.Thread(target=self.loop.look, args=(10, self.stop))
        worker.start()
        end_s = time.monotonic() + PATIENCE_S
        while worker.is_alive() and time.monotonic() < end_s:
            self.rig.loop.step(0.02)
        worker.join(0)
        assert not worker.is_alive()

    @property
    def files(self) -> list[str]:
        """In the library's folder."""
        return sorted(path.suffix for path in self.rig.clips_dir.iterdir())

    @property
    def reasons(self) -> dict[str, str]:
        if not self.failed.exists():
            return {}
        return {path.name: path.read_text() for path in self.failed.glob("*.txt")}


@pytest.fixture
def unit(rig: Rig, tmp_path: Path) -> Unit:
    return Unit(rig, tmp_path)


def test_a_dropped_film_is_on_the_panel_and_no_longer_in_the_folder(unit: Unit, film: Path) -> None:
    path = unit.put(film, "healing/spring/sea_view.mp4")
    assert unit.rig.loop.clip_count == 0
    unit.look()
    (clip,) = unit.rig.store.all()
    assert (clip.kind, clip.title, clip.seasons) == (ClipKind.HEALING, "sea view", (Season.SPRING,))
    assert clip.approved
    assert unit.rig.loop.clip_count == 1
    assert not path.exists()
    assert path.parent.is_dir()
    assert unit.files == [".jpg", ".mp4"]


def test_advertising_waits_for_approval_unless_the_operator_says_otherwise(
    unit: Unit, film: Path, tmp_path: Path
) -> None:
    unit.put(film, "ads/a.mp4")
    unit.look()
    unit.settings = unit.settings.model_copy(update={"approve_dropped_ads": True})
    unit.put(make_tiny_video(tmp_path / "other.mp4", duration_s=0.8), "ads/b.mp4")
    unit.look()
    clips = unit.rig.store.all()
    assert [(clip.kind, clip.approved) for clip in clips] == [
        (ClipKind.AD, False),
        (ClipKind.AD, True),
    ]


def test_what_the_panel_cannot_play_is_converted(unit: Unit, tmp_path: Path) -> None:
    phone = encode(tmp_path / "phone.mov", *picture("160x90"), *HEVC)
    unit.put(phone, "phone.mov")
    unit.look()
    (clip,) = unit.rig.store.all()
    assert clip.codec == "h264"
    assert clip.original_sha256 is not None
    unit.put(phone, "again.mov")
    unit.look()
    assert len(unit.rig.store.all()) == 1
    assert "as clip 1: phone" in unit.reasons["again.mov.txt"]


def test_a_failure_lies_aside_with_its_reason_and_keeps_no_other_out(
    unit: Unit, film: Path
) -> None:
    unit.put(film, "z.mp4")
    (unit.drop / "cut.mp4").write_bytes(film.read_bytes()[:-500])
    (unit.drop / "notes.doc").write_bytes(b"no film")
    (unit.drop / "Thumbs.db").write_bytes(b"of the disk that it was copied from")
    (unit.drop / "link.mp4").symlink_to(film)
    unit.look()
    assert [clip.title for clip in unit.rig.store.all()] == ["z"]
    assert unit.reasons["cut.mp4.txt"].startswith("cut.mp4 is damaged or cut short")
    assert "not a video" in unit.reasons["notes.doc.txt"]
    assert "is a link" in unit.reasons["link.mp4.txt"]
    assert all(reason.count("\n") == 1 for reason in unit.reasons.values())
    assert film.exists()
    left = sorted(path.name for path in unit.drop.iterdir())
    assert left == ["Thumbs.db", "ads", "failed", "healing"]


def test_a_row_that_cannot_be_written_leaves_no_file(
    unit: Unit, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(ClipStore, "add", refuse)
    unit.put(film, "a.mp4")
    unit.look()
    assert unit.reasons == {"a.mp4.txt": "the disk is full\n"}
    assert unit.files == []
    assert (unit.failed / "a.mp4").read_bytes() == film.read_bytes()


def test_the_film_stays_until_the_row_is_on_disk(unit: Unit, film: Path) -> None:
    """The control loop does not answer: the unit stops, and nothing is half-added."""
    posted: list[Message] = []

    def post_and_stop(message: Message) -> bool:
        posted.append(message)
        unit.stop.set()
        return True

    loop = unit.another(post_and_stop)
    path = unit.put(film, "a.mp4")
    loop.look(0, unit.stop)
    loop.look(10, unit.stop)
    assert path.exists()
    assert unit.files == []
    (message,) = posted
    assert isinstance(message, ClipPrepared)
    # Should the control loop come to it after all, it is too late.
    unit.rig.inbox.post(message)
    unit.rig.loop.step(0)
    assert unit.rig.store.all() == ()


def test_a_full_inbox_is_asked_again(unit: Unit, film: Path) -> None:
    refusals = iter([False, False])
    unit.loop = unit.another(lambda message: next(refusals, True) and unit.rig.inbox.post(message))
    unit.put(film, "a.mp4")
    unit.look()
    assert len(unit.rig.store.all()) == 1


def test_ffmpeg_ends_with_the_unit_and_the_film_stays(unit: Unit, tmp_path: Path) -> None:
    noise = ("-vf", "noise=alls=60:allf=t", "-c:v", "mpeg4", "-q:v", "5")
    path = unit.put(encode(tmp_path / "long.avi", *picture("960x540", 30, 8), *noise), "long.avi")
    unit.loop.look(0, unit.stop)
    worker = threading.Thread(target=unit.loop.look, args=(10, unit.stop))
    worker.start()
    end_s = time.monotonic() + PATIENCE_S
    while not any(unit.rig.clips_dir.glob(".incoming-*/clip.mp4")) and time.monotonic() < end_s:
        time.sleep(0.02)
    assert worker.is_alive()
    unit.stop.set()
    worker.join(PATIENCE_S)
    assert not worker.is_alive()
    assert path.exists()
    assert unit.files == []
    assert unit.reasons == {}
    assert len(unit.rig.inbox) == 0, "the conversion was given up, not finished"


def test_an_unexpected_error_does_not_meet_the_same_file_again(
    unit: Unit, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(path: Path) -> str:
        raise RuntimeError("a mistake in the program")

    monkeypatch.setattr(drop_folder_loop, "title_of", break_down)
    unit.put(film, "a.mp4")
    unit.loop.look(0, unit.stop)
    with pytest.raises(RuntimeError):
        unit.loop.look(10, unit.stop)
    assert "an unexpected error (RuntimeError)" in unit.reasons["a.mp4.txt"]
    assert unit.files == []


def test_a_film_that_cannot_be_moved_is_not_tried_again_and_again(
    unit: Unit, film: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[Path] = []

    def refuse(folder: object, path: Path, reason: str = "") -> None:
        tries.append(path)
        raise PermissionError(13, "Permission denied")

    for what in ("remove", "set_aside"):
        monkeypatch.setattr(f"appliance.daemon.drop_folder.DropFolder.{what}", refuse)
    unit.put(film, "a.mp4")
    for _ in range(3):
        unit.look()
    assert len(tries) == 1
    assert len(unit.rig.store.all()) == 1
    assert caplog.text.count("cannot be used") == 1


def test_the_start_clears_what_a_power_failure_left(unit: Unit, film: Path) -> None:
    half = unit.rig.clips_dir / ".incoming-xyz"
    half.mkdir()
    (half / "clip.mp4").write_bytes(b"half")
    ClipFolder(unit.rig.clips_dir).keep(film, "mine.mp4")
    assert not half.exists()
    half.mkdir()
    unit.loop.tidy_up()
    assert unit.files == [".mp4"]


def test_the_folder_can_be_switched_off(unit: Unit, film: Path) -> None:
    unit.settings = unit.settings.model_copy(update={"drop_folder": False})
    path = unit.put(film, "a.mp4")
    looked = threading.Event()
    unit.loop.look = lambda now_s, stop: looked.set()  # type: ignore[method-assign]
    worker = threading.Thread(target=unit.loop.run, args=(unit.stop, _Beats(unit.stop, 2)))
    worker.start()
    worker.join(PATIENCE_S)
    assert not looked.is_set()
    assert path.exists()


class _Beats:
    """Stops the worker after some rounds."""

    def __init__(self, stop: threading.Event, rounds: int) -> None:
        self._stop = stop
        self._left = rounds

    def beat(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._stop.set()
