"""A new unit has clips to show; what was removed does not come back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.content import starter
from appliance.content.media import sha256_of
from appliance.daemon.starter_library import fill_with_starter_library
from appliance.domain import ClipKind
from appliance.errors import ContentError
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from tests.factories import a_clip
from tests.store.history import STAMP


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "appliance.db") as opened:
        yield opened


@pytest.fixture
def clips_dir(tmp_path: Path) -> Path:
    return tmp_path / "clips"


def test_an_empty_library_gets_every_starter_with_its_files(
    database: Database, clips_dir: Path
) -> None:
    shipped = starter.load()
    assert fill_with_starter_library(database, clips_dir) == len(shipped)
    clips = ClipStore(database).enabled()
    assert [clip.title for clip in clips] == [clip.title for clip in shipped]
    assert {clip.kind for clip in clips} == set(ClipKind)
    assert all(clip.is_starter for clip in clips)
    for clip in clips:
        assert sha256_of(clips_dir / clip.file) == clip.sha256
        assert clip.thumbnail is not None
        assert (clips_dir / clip.thumbnail).is_file()
        assert clip.codec == "h264"
        assert 8 <= clip.duration_s <= 15


def test_removed_starters_do_not_come_back(database: Database, clips_dir: Path) -> None:
    fill_with_starter_library(database, clips_dir)
    for clip in ClipStore(database).all():
        ClipStore(database).remove(clip.id)
    assert fill_with_starter_library(database, clips_dir) == 0
    assert ClipStore(database).all() == ()


def test_a_library_that_somebody_began_is_left_alone(database: Database, clips_dir: Path) -> None:
    own = ClipStore(database).add(a_clip(), STAMP)
    assert fill_with_starter_library(database, clips_dir) == 0
    ClipStore(database).remove(own.id)
    assert fill_with_starter_library(database, clips_dir) == 0


def test_damage_is_logged_and_tried_again_at_the_next_start(
    database: Database,
    clips_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def damaged() -> tuple[starter.StarterClip, ...]:
        raise ContentError("spring.mp4 is missing")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(starter, "load", damaged)
        assert fill_with_starter_library(database, clips_dir) == 0
    assert "spring.mp4 is missing" in caplog.text
    assert fill_with_starter_library(database, clips_dir) > 0
