"""The drop folder: which files have come to rest, what their place tells, where failures go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from appliance.daemon.drop_folder import DropFolder
from appliance.domain import ClipKind, DayTime, Season, Weather

SETTLE_S = 5.0


@pytest.fixture
def folder(tmp_path: Path) -> DropFolder:
    made = DropFolder(tmp_path / "drop")
    made.make()
    return made


def put(folder: DropFolder, name: str, content: bytes = b"film") -> Path:
    path = folder.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_ready_once_unchanged_for_a_while(folder: DropFolder) -> None:
    path = put(folder, "healing/a.mp4")
    assert folder.settled(100, SETTLE_S) == []
    assert folder.settled(104, SETTLE_S) == []
    path.write_bytes(b"film goes on")
    assert folder.settled(106, SETTLE_S) == []
    assert folder.settled(110, SETTLE_S) == []
    assert folder.settled(111, SETTLE_S) == [path]


def test_a_copy_that_has_come_to_a_halt_is_not_ready(folder: DropFolder) -> None:
    path = folder.path / "a.mp4"
    with path.open("wb") as copy:
        copy.write(b"half")
        copy.flush()
        folder.settled(0, SETTLE_S)
        assert folder.settled(1000, SETTLE_S) == []
    assert folder.settled(1001, SETTLE_S) == [path]


def test_files_under_way_and_failures_are_left_alone_and_the_oldest_comes_first(
    folder: DropFolder,
) -> None:
    for name in (".a.mp4.Xy12", "b.mp4.part", "C.MP4.FILEPART", "failed/d.mp4", ".hidden/e.mp4"):
        put(folder, name)
    young, old = put(folder, "a.mp4"), put(folder, "healing/z.mp4")
    os.utime(old, (1, 1))
    folder.settled(0, SETTLE_S)
    assert folder.settled(10, SETTLE_S) == [old, young]


def test_what_was_given_up_comes_back_when_it_changes(folder: DropFolder) -> None:
    path = put(folder, "a.mp4")
    folder.settled(0, SETTLE_S)
    folder.give_up(path)
    assert folder.settled(10, SETTLE_S) == []
    path.write_bytes(b"another film")
    folder.settled(20, SETTLE_S)
    assert folder.settled(30, SETTLE_S) == [path]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("a.mp4", {"kind": ClipKind.HEALING}),
        ("healing/a.mp4", {"kind": ClipKind.HEALING}),
        ("ads/a.mp4", {"kind": ClipKind.AD}),
        ("Ads/a.mp4", {"kind": ClipKind.AD}),
        ("healing/spring/a.mp4", {"kind": ClipKind.HEALING, "seasons": (Season.SPRING,)}),
        ("rain/a.mp4", {"kind": ClipKind.HEALING, "weathers": (Weather.RAIN,)}),
        (
            "ads/Bakery/evening/snow/bakery/a.mp4",
            {
                "kind": ClipKind.AD,
                "weathers": (Weather.SNOW,),
                "day_times": (DayTime.EVENING,),
                "tags": ("bakery",),
            },
        ),
        ("healing/ads/a.mp4", {"kind": ClipKind.HEALING, "tags": ("ads",)}),
    ],
)
def test_the_subfolders_tell_what_a_clip_is(
    folder: DropFolder, place: str, told: dict[str, object]
) -> None:
    found = folder.told_by_place(folder.path / place)
    assert {name: value for name, value in found.items() if value} == told


@any_of(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60)))
def test_any_subfolder_makes_tags_that_can_be_shown(parts: list[str]) -> None:
    folder = DropFolder(Path("/drop"))
    told = folder.told_by_place(folder.path.joinpath(*parts, "a.mp4"))
    assert all(0 < len(tag) <= 80 and tag.isprintable() for tag in told["tags"])


def test_failures_lie_beside_their_reason_and_replace_nothing(folder: DropFolder) -> None:
    for number in range(2):
        put(folder, "healing/a.mp4", bytes([number]))
        folder.set_aside(folder.path / "healing" / "a.mp4", f"reason {number}")
    failed = folder.path / "failed"
    assert {path.name: path.read_bytes() for path in failed.iterdir()} == {
        "a.mp4": b"\0",
        "a.mp4.txt": b"reason 0\n",
        "a-2.mp4": b"\1",
        "a-2.mp4.txt": b"reason 1\n",
    }
    assert (folder.path / "healing").is_dir()


def test_a_name_with_no_room_for_an_ending_is_shortened(folder: DropFolder) -> None:
    target = folder.set_aside(put(folder, "x" * 250 + ".mp4"), "too long")
    assert target is not None
    assert target.suffix == ".mp4"
    assert target.with_name(f"{target.name}.txt").read_text() == "too long\n"


def test_a_file_that_is_gone_is_not_set_aside(folder: DropFolder) -> None:
    assert folder.set_aside(folder.path / "gone.mp4", "reason") is None
    assert list((folder.path / "failed").iterdir()) == []
