"""Films are read through by night; one that is another than was taken in is not shown."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import threading
from pathlib import Path

import pytest

from appliance.config import Settings
from appliance.content.film_book import FilmBook
from appliance.daemon import film_scrub_loop
from appliance.daemon.film_scrub_loop import FilmScrubLoop
from appliance.domain import ClipKind
from appliance.store.stamp import Stamp
from tests.daemon.test_control_loop import Rig
from tests.factories import a_clip

CONTENT = b"film"


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_scrub_loop, "BYTES_PER_S", 1 << 40)


class Place(Rig):
    """A unit whose films are what the library says, with its scrub."""

    def __init__(self, folder: Path, films: int = 3) -> None:
        super().__init__(folder, clips=0)
        self.stop = threading.Event()
        for number in range(films):
            self.take_in(f"{number}.mp4", CONTENT + str(number).encode())
        self.restart_scrub()
        self.wait(3)

    def restart_scrub(self) -> None:
        folder = self.clips_dir.parent
        self.scrub = FilmScrubLoop(folder, self.clock.now, Settings)
        self.scrub.look(self.stop)

    def take_in(self, name: str, content: bytes) -> None:
        (self.clips_dir / name).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        clip = a_clip(kind=ClipKind.HEALING, file=name, sha256=sha256, title=name)
        self.store.add(clip, Stamp(self.clock.local))

    def overwrite(self, name: str, content: bytes = b"other", *, is_hidden: bool = False) -> None:
        """In place; ``is_hidden``: size and time are as before."""
        path = self.clips_dir / name
        before = path.stat()
        path.write_bytes(content)
        if is_hidden:
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            assert path.stat().st_size == before.st_size

    def shown(self, choices: int = 12) -> set[str]:
        chosen = set()
        for _ in range(choices):
            play = self.director.choose_healing(self.state.surroundings, self.clock.now())
            chosen |= {play.clip.file} if play else {"nothing"}
        return chosen


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_film_that_was_overwritten_is_not_shown_from_the_next_choice_on(place: Place) -> None:
    assert place.shown() == {"0.mp4", "1.mp4", "2.mp4"}
    place.overwrite("1.mp4")
    assert place.shown() == {"0.mp4", "2.mp4"}
    place.wait(3)
    assert place.shown() == {"0.mp4", "2.mp4"}
    place.scrub.look(place.stop)
    place.wait(3)
    assert place.shown() == {"0.mp4", "2.mp4"}
    assert place.scrub.troubles == ["1.mp4: its content is not what was taken into the library"]
    assert place.director.clip_count == 2


def test_all_of_them_overwritten_leave_nothing_to_show(tmp_path: Path) -> None:
    place = Place(tmp_path, films=40)
    for path in place.clips_dir.iterdir():
        place.overwrite(path.name)
    assert place.shown(3) == {"nothing"}
    place.wait(3)
    assert "no-clips" in place.state.troubles


def test_the_right_content_brings_it_back(place: Place) -> None:
    place.overwrite("1.mp4")
    place.scrub.look(place.stop)
    place.overwrite("1.mp4", CONTENT + b"1")
    place.scrub.look(place.stop)
    place.wait(3)
    assert place.shown() == {"0.mp4", "1.mp4", "2.mp4"}
    assert place.scrub.troubles == []


def test_a_file_that_was_only_touched_comes_back(place: Place) -> None:
    os.utime(place.clips_dir / "1.mp4", (1, 1))
    assert "1.mp4" not in place.shown()
    place.scrub.look(place.stop)
    place.wait(3)
    assert "1.mp4" in place.shown()


def test_what_size_and_time_do_not_tell_is_found_by_night(place: Place) -> None:
    place.overwrite("1.mp4", b"evil1", is_hidden=True)
    place.scrub.look(place.stop)
    assert place.scrub.troubles == []
    place.clock.advance(dt.timedelta(days=1).total_seconds())
    place.scrub.look(place.stop)
    assert len(place.scrub.troubles) == 1
    place.wait(3)
    assert "1.mp4" not in place.shown()


def test_without_a_right_clock_it_is_found_within_a_day_of_running(place: Place) -> None:
    place.clock.is_synced = False
    place.restart_scrub()
    place.overwrite("1.mp4", b"evil1", is_hidden=True)
    place.scrub.look(place.stop)
    assert place.scrub.troubles == []
    place.clock.advance(dt.timedelta(days=1).total_seconds())
    place.scrub.look(place.stop)
    assert len(place.scrub.troubles) == 1


def test_it_holds_over_a_restart_and_a_damaged_book_is_made_anew(place: Place) -> None:
    place.overwrite("1.mp4")
    place.scrub.look(place.stop)
    folder = place.clips_dir.parent
    again = FilmScrubLoop(folder, place.clock.now, Settings)
    assert len(again.troubles) == 1
    (folder / "films.json").write_bytes(b"[1")
    assert FilmBook(folder).read() == {}
    place.restart_scrub()
    assert len(place.scrub.troubles) == 1


def test_asked_to_stop_it_leaves_the_rest_for_the_next_run(place: Place) -> None:
    place.take_in("3.mp4", b"new")
    place.stop.set()
    place.scrub.look(place.stop)
    assert "3.mp4" not in FilmBook(place.clips_dir.parent).read()
