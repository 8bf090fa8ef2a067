"""A database found damaged at the start gives way to the last good backup, and the unit says so."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from appliance.backup.making import UnitFiles, make_backup
from appliance.backup.recovery import DOUBT, last_recovery
from appliance.backup.shelf import FULL, SNAPSHOT
from appliance.daemon.damaged_database import doubting, lasting_troubles, open_at_start
from appliance.errors import DamagedError, StoreError
from appliance.store import database as database_module
from appliance.store.clips import ClipStore
from tests.factories import a_clip
from tests.fakes import FakeClock
from tests.store.history import STAMP, History

NOON = dt.datetime(2026, 4, 10, 12, 0, tzinfo=dt.UTC)


KEY = b"the unit's key"


class Place:
    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.path = self.state / "appliance.db"
        self.backups = self.state / "backups"
        self.stick = folder / "stick"
        (self.state / "clips").mkdir(parents=True)

    def start(self, when: dt.datetime = NOON) -> list[str]:
        """As the daemon does; returns the titles of the library."""
        with open_at_start(self.path, [self.backups, self.stick], when, KEY) as database:
            return [clip.title for clip in ClipStore(database).all()]

    def add_clip(self, name: str) -> None:
        with database_module.open_database(self.path) as database:
            History(database).clips.add(a_clip(file=f"{name}.mp4", sha256=name, title=name), STAMP)
        (self.state / "clips" / f"{name}.mp4").touch()

    def back_up(self, scope: str = SNAPSHOT, **later: float) -> Path:
        folder = self.backups if scope == SNAPSHOT else self.stick
        unit = UnitFiles(self.state, None, key=KEY)
        return make_backup(unit, folder, scope, NOON + dt.timedelta(**later))

    def damage(self, content: bytes = b"\x17" * 4096) -> None:
        """Pages of the middle; the header stays."""
        with self.path.open("r+b") as file:
            file.seek(4096)
            file.write(content * 8)

    def lose(self, content: bytes | None) -> None:
        """The file is gone (None), or holds something else; so are its log and index."""
        for name in ("appliance.db", "appliance.db-wal", "appliance.db-shm"):
            (self.state / name).unlink(missing_ok=True)
        if content is not None:
            self.path.write_bytes(content)

    @property
    def trouble(self) -> tuple[str, ...]:
        return lasting_troubles(self.state, FakeClock(NOON).now)()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    place.start()
    place.add_clip("sea")
    return place


def test_a_sound_database_is_left_alone(place: Place) -> None:
    place.back_up()
    assert place.start() == ["sea"]
    assert (place.trouble, last_recovery(place.state)) == ((), None)


def test_the_newest_good_backup_takes_its_place(place: Place) -> None:
    place.back_up()
    place.add_clip("forest")
    good = place.back_up(FULL, hours=1)
    newest = place.back_up(hours=2)
    newest.write_bytes(newest.read_bytes()[:3000])
    place.add_clip("late")
    place.damage()
    assert place.start(NOON + dt.timedelta(hours=3)) == ["sea", "forest"]
    recovery = last_recovery(place.state)
    assert recovery is not None
    assert recovery.restored_from == good.name
    assert place.trouble == ("database-restored",)
    assert (place.state / recovery.aside / "appliance.db").exists()
    # The film of the clip that came later is not swept away.
    assert (place.state / recovery.aside / "clips" / "late.mp4").exists()
    assert (place.state / "clips" / "forest.mp4").exists()
    assert place.start() == ["sea", "forest"]


def test_without_a_backup_the_unit_begins_anew_and_loses_no_film(place: Place) -> None:
    place.damage()
    assert place.start() == []
    assert place.trouble == ("database-lost",)
    recovery = last_recovery(place.state)
    assert recovery is not None
    assert recovery.restored_from is None
    assert (place.state / recovery.aside / "clips" / "sea.mp4").exists()


LOST = {
    "gone": None,
    "cut to nothing": b"",
    "other bytes": b"no database at all" * 500,
}


@pytest.mark.parametrize("content", LOST.values(), ids=LOST)
def test_a_database_that_is_gone_or_none_any_more_is_damaged_too(
    place: Place, content: bytes | None
) -> None:
    place.back_up()
    place.lose(content)
    assert place.start() == ["sea"]
    assert place.trouble == ("database-restored",)
    assert (place.state / "clips" / "sea.mp4").exists()


def test_a_database_without_tables_is_a_lost_one(place: Place) -> None:
    place.back_up()
    place.lose(None)
    with sqlite3.connect(place.path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert place.start() == ["sea"]


@pytest.mark.parametrize("content", [None, b""], ids=["gone", "cut to nothing"])
def test_no_command_begins_a_new_database_in_place_of_a_lost_one(
    place: Place, content: bytes | None
) -> None:
    place.lose(content)
    for read_only in (False, True):
        with pytest.raises(DamagedError, match=r"gone or empty, but clips/sea\.mp4"):
            database_module.open_database(place.path, read_only=read_only)
    assert place.path.exists() == (content is not None)
    assert place.start() == []
    assert place.trouble == ("database-lost",)
    recovery = last_recovery(place.state)
    assert recovery is not None
    assert (place.state / recovery.aside / "clips" / "sea.mp4").exists()


def test_a_new_unit_begins_without_a_word(tmp_path: Path) -> None:
    fresh = Place(tmp_path / "fresh")
    assert fresh.start() == []
    assert fresh.trouble == ()


def test_another_programs_database_is_nothing_to_mend(place: Place) -> None:
    with database_module.open_database(place.path) as database:
        database.write("DROP TABLE schema_migrations")
    with pytest.raises(StoreError, match="another program"):
        place.start()
    assert last_recovery(place.state) is None


def test_damage_that_showed_while_it_ran_is_looked_for_at_the_next_start(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.back_up()
    monkeypatch.setattr(database_module, "MAX_CHECKED_BYTES", 0)
    place.damage()
    with pytest.raises(DamagedError), doubting(place.state):
        raise DamagedError("the database is damaged")
    assert (place.state / DOUBT).exists()
    assert place.start() == ["sea"]
    assert place.trouble == ("database-restored",)
    assert not (place.state / DOUBT).exists()


def test_after_a_week_it_is_no_news_any_more(place: Place) -> None:
    place.damage()
    place.start()
    week = FakeClock(NOON + dt.timedelta(days=7, seconds=1))
    assert lasting_troubles(place.state, week.now)() == ()
