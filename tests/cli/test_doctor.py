"""What ``appliance doctor`` says of the parts that need no camera and no network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import cv2
import pytest

from appliance.camera.builtin import EMPTY_S, WALK_S, BuiltinCamera
from appliance.camera.turned import turn
from appliance.cli.context import Context
from appliance.cli.doctor import CHECKS, Verdict
from appliance.content.film_book import OTHER_CONTENT, FilmBook, FilmCheck
from appliance.daemon.drop_folder import DropFolder
from appliance.domain import ClipKind
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from tests.factories import a_clip
from tests.store.history import STAMP


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(state_dir=tmp_path, config_path=None)


@pytest.fixture
def drop(context: Context) -> DropFolder:
    made = DropFolder(context.state_dir / "drop")
    made.make()
    return made


def with_settings(context: Context, text: str) -> Context:
    path = context.state_dir / "config.toml"
    path.write_text(text, "utf-8")
    return Context(state_dir=context.state_dir, config_path=path)


def test_a_drop_folder_that_nobody_made_yet(context: Context) -> None:
    verdict, message = CHECKS["drop"](context)
    assert verdict is Verdict.WARN
    assert "'appliance run' makes it" in message


def test_files_that_wait_and_files_that_failed(context: Context, drop: DropFolder) -> None:
    assert CHECKS["drop"](context) == (Verdict.OK, f"files that wait in {drop.path}: 0")
    (drop.path / "healing" / "a.mp4").write_bytes(b"film")
    verdict, message = CHECKS["drop"](context)
    assert verdict is Verdict.WARN
    assert message == f"files that wait in {drop.path} for the unit to run: 1"
    for number in range(5):
        (drop.path / f"{number}.mp4").write_bytes(b"film")
        drop.set_aside(drop.path / f"{number}.mp4", "it is damaged")
    verdict, message = CHECKS["drop"](context)
    assert verdict is Verdict.WARN
    assert message.endswith(
        "failed: 0.mp4: it is damaged; 1.mp4: it is damaged; 2.mp4: it is damaged and 2 more"
    )


def test_the_note_of_a_failed_film_that_was_deleted_is_no_film(drop: DropFolder) -> None:
    for name in ("film.mp4", "notes.txt"):
        (drop.path / name).write_bytes(b"film")
        drop.set_aside(drop.path / name, f"{name} is damaged")
    assert drop.failed() == {
        "film.mp4": "film.mp4 is damaged",
        "notes.txt": "notes.txt is damaged",
    }
    (drop.path / "failed" / "film.mp4").unlink()
    (drop.path / "failed" / "notes.txt.txt").unlink()
    assert drop.failed() == {"notes.txt": "notes.txt: no reason"}


def test_a_disk_without_room_for_clips(
    context: Context, drop: DropFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(drop.path)._replace(free=10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    verdict, message = CHECKS["drop"](context)
    assert verdict is Verdict.WARN
    assert "100 MB free, 300 stay in reserve" in message


def test_a_drop_folder_that_is_none(context: Context) -> None:
    (context.state_dir / "drop").write_text("")
    assert CHECKS["drop"](context)[0] is Verdict.FAIL


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_drop_folder_of_somebody_else(context: Context, drop: DropFolder) -> None:
    drop.path.chmod(0o500)
    assert CHECKS["drop"](context)[0] is Verdict.FAIL
    drop.path.chmod(0o700)


def test_a_drop_folder_that_is_switched_off(context: Context) -> None:
    off = with_settings(context, "[library]\ndrop_folder = false\n")
    assert CHECKS["drop"](off) == (Verdict.OK, "switched off (library.drop_folder)")


def test_clips_whose_file_is_gone_are_called_by_their_names(context: Context) -> None:
    with open_database(context.database_path) as database:
        for number in range(1, 6):
            ClipStore(database).add(a_clip(number), STAMP)
    verdict, message = CHECKS["clips"](context)
    assert verdict is Verdict.FAIL
    assert "1 'Clip 1'; 2 'Clip 2'; 3 'Clip 3' and 2 more; add them anew" in message


def test_clips_that_wait_for_approval(context: Context) -> None:
    context.clips_dir.mkdir()
    with open_database(context.database_path) as database:
        for number, approved in ((1, True), (2, False)):
            clip = ClipStore(database).add(a_clip(number, approved=approved), STAMP)
            (context.clips_dir / clip.file).touch()
    message = CHECKS["clips"](context)[1]
    assert "2 advertising, all files there; waiting for 'appliance clip approve': 1" in message


def test_a_camera_that_hangs_on_its_head(context: Context, tmp_path: Path) -> None:
    feed, folder = BuiltinCamera(640, 480, 8), tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        upright = feed.draw(EMPTY_S + WALK_S + 2 + number)
        cv2.imwrite(str(folder / f"{number}.png"), turn(upright, 180))
    settings = f'[camera]\nsource = "{folder}"\n'
    verdict, message = CHECKS["camera"](with_settings(context, settings))
    assert verdict is Verdict.WARN
    assert "'appliance config set camera.rotate 180'" in message
    mended = with_settings(context, f"{settings}rotate = 180\n")
    assert CHECKS["camera"](mended)[0] is Verdict.OK


def test_clips_that_are_not_shown_and_films_that_were_set_aside(context: Context) -> None:
    with open_database(context.database_path) as database:
        ClipStore(database).add(a_clip(kind=ClipKind.HEALING, title="sea"), STAMP)
    context.clips_dir.mkdir()
    film = context.clips_dir / a_clip().file
    film.touch()
    (context.state_dir / "set-aside").mkdir()
    (context.state_dir / "set-aside" / "old.mp4").touch()
    verdict, message = CHECKS["clips"](context)
    assert verdict is Verdict.WARN
    assert message.endswith("to be added again or deleted: 1 films")
    book = FilmBook(context.state_dir)
    book.write({film.name: FilmCheck(0, 0, "2026-03-10", OTHER_CONTENT)})
    verdict, message = CHECKS["clips"](context)
    assert verdict is Verdict.FAIL
    assert f"1 'sea': {OTHER_CONTENT}" in message
