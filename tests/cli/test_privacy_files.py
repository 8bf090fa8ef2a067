"""What the library holds is known by its checksum, thumbnails of older units by what they show."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.camera.builtin import ASSETS
from appliance.cli.clip import clip
from appliance.cli.context import Context
from appliance.cli.findings import Verdict
from appliance.cli.privacy_audit import Audit
from appliance.cli.privacy_files import own_files
from appliance.daemon.starter_library import fill_with_starter_library
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from tests.cli.conftest import Type

PORTRAIT = (ASSETS / "astronaut.jpg").read_bytes()


@pytest.fixture
def library(run_command, context: Context, database: Database, tiny_video: Path) -> Database:
    typed: Type = run_command(clip)
    assert typed("add", tiny_video, "--kind", "healing", "--title", "sea")[0] == 0
    return database


def thumbnail(database: Database, context: Context) -> Path:
    (only,) = ClipStore(database).all()
    assert only.thumbnail is not None
    return context.clips_dir / only.thumbnail


def test_clips_and_thumbnails_are_known(library: Database, context: Context) -> None:
    assert own_files(Audit(context))[0] is Verdict.OK
    path = thumbnail(library, context)
    path.write_bytes(path.read_bytes() + b"\0")
    verdict, message = own_files(Audit(context))
    assert (verdict, path.name in message) == (Verdict.FAIL, True)


def test_a_thumbnail_without_a_checksum_must_show_its_clip(
    library: Database, context: Context
) -> None:
    library.write("UPDATE clips SET thumbnail_sha256 = NULL")
    assert own_files(Audit(context))[0] is Verdict.OK
    thumbnail(library, context).write_bytes(PORTRAIT[:-1] + b"\0")
    assert own_files(Audit(context))[0] is Verdict.FAIL


def test_the_starter_library_of_an_older_unit_is_known(
    database: Database, context: Context
) -> None:
    fill_with_starter_library(database, context.clips_dir)
    database.write("UPDATE clips SET thumbnail_sha256 = NULL")
    assert own_files(Audit(context))[0] is Verdict.OK


def test_the_shipped_test_picture_may_lie_there(context: Context, database: Database) -> None:
    (context.state_dir / "astronaut").write_bytes(PORTRAIT)
    assert own_files(Audit(context))[0] is Verdict.OK
    (context.state_dir / "astronaut").write_bytes(PORTRAIT[:-1])
    assert own_files(Audit(context))[0] is Verdict.FAIL


def test_pictures_beside_a_settings_file_are_found_but_not_those_of_a_home(
    tmp_path: Path, database: Database
) -> None:
    config = tmp_path / "home" / "config.toml"
    (tmp_path / "home" / "Pictures").mkdir(parents=True)
    config.touch()
    audit = Context(tmp_path / "state", config)
    (tmp_path / "home" / "Pictures" / "me.jpg").write_bytes(PORTRAIT[:-1])
    assert own_files(Audit(audit))[0] is Verdict.OK
    (tmp_path / "home" / "crop").write_bytes(PORTRAIT[:-1])
    assert own_files(Audit(audit))[0] is Verdict.FAIL


def test_what_cannot_be_looked_into_is_not_taken_for_clean(
    context: Context, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = context.state_dir / "hidden"
    hidden.mkdir()
    listed = os.scandir

    def refuse(path: str) -> object:
        # As for a user who may not read it; the tests may run as root, who may read all.
        if str(path) == str(hidden):
            raise PermissionError(13, "Permission denied", str(hidden))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    verdict, message = own_files(Audit(context))
    assert (verdict, f"{hidden}: cannot be read" in message) == (Verdict.WARN, True)
