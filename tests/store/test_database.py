"""Opening, damage, transactions: what the file promises."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from tests.factories import a_clip
from tests.store.history import STAMP, History


def pragma(database: Database, name: str) -> object:
    row = database.row(f"PRAGMA {name}")
    assert row is not None
    return next(iter(row.values()))


def add_many(database: Database) -> None:
    """Some forty pages of clips, in one transaction."""
    with database.transaction():
        for number in range(200):
            ClipStore(database).add(a_clip(number, description="x" * 500), STAMP)


def test_writer_flushes_every_commit_to_the_disk(database: Database) -> None:
    full = 2
    assert pragma(database, "journal_mode") == "wal"
    assert pragma(database, "synchronous") == full
    assert pragma(database, "foreign_keys") == 1
    assert pragma(database, "busy_timeout") == 5000


def test_flushing_is_back_after_a_commit_that_did_not_need_it(database: Database) -> None:
    with database.transaction(is_durable=False):
        database.write("INSERT INTO meta VALUES ('a', 'b')")
    assert pragma(database, "synchronous") == 2


def test_reader_sees_what_the_writer_committed_but_cannot_write(
    database: Database, database_path: Path
) -> None:
    ClipStore(database).add(a_clip(), STAMP)
    with open_database(database_path, read_only=True) as reader:
        assert len(ClipStore(reader).all()) == 1
        with pytest.raises(StoreError, match="readonly"):
            reader.write("DELETE FROM clips")


def test_reader_without_a_file_says_how_to_make_one(database_path: Path) -> None:
    with pytest.raises(StoreError, match="'appliance run'"):
        open_database(database_path, read_only=True)
    assert not database_path.exists()


def test_a_path_with_odd_characters_opens_for_reading(tmp_path: Path) -> None:
    path = tmp_path / "a b?c#d%20" / "x.db"
    open_database(path).close()
    with open_database(path, read_only=True) as reader:
        assert ClipStore(reader).all() == ()


def test_a_text_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("these are my notes\n" * 100)
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"notes\.db is not an SQLite database; move it away"):
            open_database(path, read_only=read_only)
    assert path.read_text().startswith("these are my notes")


def test_a_damaged_file_is_named_with_what_to_do(database_path: Path) -> None:
    with open_database(database_path) as database:
        add_many(database)
    size = database_path.stat().st_size
    with database_path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 8192))
    with pytest.raises(StoreError, match=r"appliance\.db is damaged.*restore a backup"):
        open_database(database_path)


def test_damage_found_while_reading_is_named_too(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    add_many(database)
    database.write("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(database.path.read_bytes())
    content[-4096 * 20 :] = os.urandom(4096 * 20)
    path.write_bytes(content)
    with (
        open_database(path, read_only=True) as reader,
        pytest.raises(StoreError, match=r"copy\.db is damaged"),
    ):
        ClipStore(reader).all()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name)")
    with pytest.raises(StoreError, match="database of another program"):
        open_database(path)
    with sqlite3.connect(path) as other:
        names = [name for (name,) in other.execute("SELECT name FROM sqlite_master")]
    assert names == ["recipes"]


def test_a_newer_schema_is_refused(database_path: Path) -> None:
    with open_database(database_path) as database:
        database.write("INSERT INTO schema_migrations VALUES (9999, '9999_x.sql', '')")
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"schema is number 9999.*install the newer program"):
            open_database(database_path, read_only=read_only)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make the folder"):
        open_database(tmp_path / "file" / "x.db")


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path)


def test_a_failing_transaction_leaves_nothing(database: Database, history: History) -> None:
    def add_and_fail() -> None:
        with database.transaction():
            history.add_clip()
            raise RuntimeError("later")

    with pytest.raises(RuntimeError):
        add_and_fail()
    assert history.clips.all() == ()


def test_a_transaction_inside_another_is_part_of_it(database: Database, history: History) -> None:
    def add_inside_and_fail() -> None:
        with database.transaction():
            with database.transaction():
                history.add_clip()
            raise RuntimeError("later")

    with pytest.raises(RuntimeError):
        add_inside_and_fail()
    assert history.clips.all() == ()


def test_a_busy_database_says_so(
    database: Database, database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.store.database.BUSY_TIMEOUT_S", 0.01)
    with open_database(database_path) as other, database.transaction():
        database.write("INSERT INTO meta VALUES ('a', 'b')")
        with pytest.raises(StoreError, match="busy with another process; try again"):
            ClipStore(other).add(a_clip(), STAMP)


def test_data_version_tells_of_other_writers_only(database: Database, database_path: Path) -> None:
    before = database.data_version
    ClipStore(database).add(a_clip(1), STAMP)
    assert database.data_version == before
    with open_database(database_path) as other:
        ClipStore(other).add(a_clip(2), STAMP)
    assert database.data_version != before


def test_a_broken_rule_of_the_schema_is_an_error_even_where_repeats_are_ignored(
    database: Database,
) -> None:
    values = {"clip_id": 1, "expression": 7, "likes": 0, "dislikes": 0, "updated_at": ""}
    with pytest.raises(StoreError, match="refused: CHECK constraint failed"):
        database.insert("clip_scores", values, or_ignore=True)
