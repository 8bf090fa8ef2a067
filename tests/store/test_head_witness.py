"""The chain's head beside the database: what a rollback cannot take with it, and no false alarm."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store.chain import ProofChain, head_of
from appliance.store.database import Database, open_database
from appliance.store.head_witness import NAME, HeadWitness, State, compare, read_record
from appliance.store.plays import PlayStore
from tests.store.history import CHAIN_KEY, STAMP, History

PROCESSES = multiprocessing.get_context("fork")
FILES = ("appliance.db", "appliance.db-wal")


class Unit:
    """Records as the daemon does."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "appliance.db"
        self.start()
        with open_database(self.path) as database:
            History(database).add_clip()

    def start(self) -> None:
        with open_database(self.path) as database:
            ProofChain(database, CHAIN_KEY).begin(STAMP)
            HeadWitness(self.folder, CHAIN_KEY).begin(database, STAMP)

    def history(self, database: Database) -> History:
        history = History(database)
        history.plays = PlayStore(database, CHAIN_KEY, HeadWitness(self.folder, CHAIN_KEY))
        return history

    def play(self, times: int = 1) -> None:
        with open_database(self.path) as database:
            history = self.history(database)
            for _ in range(times):
                history.play(history.clips.all()[0])

    def keep_copy(self, name: str) -> Path:
        copy = self.folder / name
        copy.mkdir()
        with open_database(self.path) as database:
            database.row("PRAGMA wal_checkpoint(TRUNCATE)")
        for file in FILES:
            if (self.folder / file).exists():
                shutil.copy(self.folder / file, copy / file)
        return copy

    def put_back(self, copy: Path) -> None:
        for file in FILES:
            (self.folder / file).unlink(missing_ok=True)
            if (copy / file).exists():
                shutil.copy(copy / file, self.folder / file)

    @property
    def state(self) -> State:
        record = read_record(self.folder, CHAIN_KEY)
        with open_database(self.path) as database:
            return compare(database, record)


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    return Unit(tmp_path)


def test_it_follows_every_event(unit: Unit) -> None:
    unit.play(3)
    record = read_record(unit.folder, CHAIN_KEY)
    with open_database(unit.path) as database:
        assert record is not None
        assert record.head == head_of(database)
    assert unit.state is State.HOLDS
    assert (unit.folder / NAME).stat().st_mode & 0o777 == 0o600


def test_a_database_that_was_put_back_is_behind_and_stays_noted(unit: Unit) -> None:
    unit.play()
    copy = unit.keep_copy("copy")
    unit.play(2)
    unit.put_back(copy)
    assert unit.state is State.BEHIND
    unit.start()
    assert unit.state is State.HOLDS
    unit.play(5)
    record = read_record(unit.folder, CHAIN_KEY)
    assert record is not None
    (setback,) = record.setbacks
    assert (setback.kept, setback.lost, record.epoch) == (2, 6, 1)
    unit.start()
    assert read_record(unit.folder, CHAIN_KEY) == record


def test_events_written_after_a_rollback_do_not_hide_it(unit: Unit) -> None:
    copy = unit.keep_copy("copy")
    unit.play(2)
    kept = (unit.folder / NAME).read_bytes()
    unit.put_back(copy)
    unit.play(4)
    (unit.folder / NAME).write_bytes(kept)
    assert unit.state is State.BEHIND


def test_a_lost_write_ahead_log_is_noticed(unit: Unit) -> None:
    with open_database(unit.path) as database:
        history = unit.history(database)
        database.row("PRAGMA wal_checkpoint(TRUNCATE)")
        history.play(history.clips.all()[0])
        copy = unit.folder / "copy"
        copy.mkdir()
        shutil.copy(unit.path, copy / unit.path.name)
    unit.put_back(copy)
    assert unit.state is State.BEHIND


@pytest.mark.parametrize("change", ["gone", "cut", "edited", "another unit's"])
def test_the_file_cannot_be_done_without(unit: Unit, tmp_path: Path, change: str) -> None:
    unit.play()
    file = unit.folder / NAME
    match change:
        case "gone":
            file.unlink()
        case "cut":
            file.write_bytes(b"")
        case "edited":
            file.write_bytes(file.read_bytes().replace(b'event_id\\": 2', b'event_id\\": 1'))
        case _:
            with open_database(unit.path) as database:
                (tmp_path / "other").mkdir()
                HeadWitness(tmp_path / "other", b"another key").begin(database, STAMP)
            shutil.copy(tmp_path / "other" / NAME, file)
    # One of the two places of an edited file holds the head before, which is in the database.
    record = read_record(unit.folder, CHAIN_KEY)
    assert unit.state is (State.GONE if record is None else State.HOLDS)
    if change != "edited":
        assert record is None
        unit.start()
        fresh = read_record(unit.folder, CHAIN_KEY)
        assert fresh is not None
        assert fresh.setbacks[-1].lost is None


def test_a_unit_from_before_begins_without_an_alarm(tmp_path: Path) -> None:
    with open_database(tmp_path / "appliance.db") as database:
        history = History(database)
        history.play(history.add_clip())
        assert compare(database, None) is State.NOT_BEGUN
        HeadWitness(tmp_path, CHAIN_KEY).begin(database, STAMP)
        assert compare(database, read_record(tmp_path, CHAIN_KEY)) is State.HOLDS


# --- interrupted --------------------------------------------------------------------------


def killed_at_step(number: int, unit: Unit) -> bool:
    """Start and play in a process that kills itself at that step; False: it came to its end."""

    def work() -> None:
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            if event in ("os.rename", "open") and NAME in repr(arguments):
                step()

        write = os.pwrite

        def torn(descriptor: int, content: bytes, offset: int) -> int:
            write(descriptor, content[:100], offset)
            step()
            return write(descriptor, content, offset)

        os.pwrite = torn
        sys.addaudithook(watch)
        unit.start()
        unit.play(2)

    child = PROCESSES.Process(target=work)
    child.start()
    child.join()
    return child.exitcode == -signal.SIGKILL


def test_killed_at_any_step_it_never_raises_a_false_alarm(tmp_path: Path) -> None:
    steps = 0
    for is_new in (True, False):
        number = 1
        while True:
            folder = tmp_path / f"{is_new}-{number}"
            folder.mkdir()
            unit = Unit(folder)
            if is_new:
                (folder / NAME).unlink()
                with open_database(unit.path) as database:
                    database.write("DELETE FROM meta WHERE key = 'proof_head_epoch'")
            is_killed = killed_at_step(number, unit)
            unit.start()
            record = read_record(folder, CHAIN_KEY)
            assert record is not None
            assert (unit.state, record.setbacks) == (State.HOLDS, ()), number
            unit.play()
            assert unit.state is State.HOLDS
            if not is_killed:
                break
            number, steps = number + 1, steps + 1
    assert steps > 12
