"""``appliance clip``: the library by hand."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import pytest

from appliance.cli.clip import clip
from appliance.cli.context import Context
from appliance.domain import ClipKind, DayTime, Expression, Mood, Season, Weather
from appliance.errors import StoreError
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.store.history import History
from tests.tiny_video import make_tiny_video


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(clip)


@pytest.fixture
def video(tiny_video: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(tiny_video, tmp_path / "spring_by_the_sea.mp4"))


def files(context: Context) -> list[str]:
    folder = context.clips_dir
    return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


def test_add_with_everything_known(
    typed: Type, video: Path, database: Database, context: Context
) -> None:
    words = {
        "--kind": ["AD"],
        "--title": ["꽃집"],
        "--title-en": ["Flowers"],
        "--season": ["spring", "summer"],
        "--weather": ["rain"],
        "--day-time": ["evening"],
        "--for": ["happy", "sad"],
        "--mood": ["peaceful"],
        "--advertiser": ["Shop"],
        "--description": ["Roses"],
        "--description-en": ["Roses"],
        "--address": ["Road"],
        "--phone": ["+82-2-000-0000"],
        "--map-link": ["https://example.org/m"],
        "--link": ["http://example.org"],
        "--tag": ["lunch", "bakery", "lunch"],
    }
    pairs = [(word, value) for word, values in words.items() for value in values]
    status, printed = typed("add", video, *itertools.chain(*pairs))
    assert (status, printed.splitlines()) == (0, ["added clip 1: 꽃집"])
    (added,) = ClipStore(database).all()
    assert (added.kind, added.title, added.title_en) == (ClipKind.AD, "꽃집", "Flowers")
    assert added.seasons == (Season.SPRING, Season.SUMMER)
    assert (added.weathers, added.day_times) == ((Weather.RAIN,), (DayTime.EVENING,))
    assert added.target_emotions == (Expression.HAPPY, Expression.SAD)
    assert (added.mood, added.phone) == (Mood.PEACEFUL, "+82-2-000-0000")
    assert (added.map_link, added.link) == ("https://example.org/m", "http://example.org")
    assert (added.tags, added.approved) == (("bakery", "lunch"), True)
    assert files(context) == [".jpg", ".mp4"]
    assert (context.clips_dir / added.file).read_bytes() == video.read_bytes()


def test_the_file_names_the_clip(typed: Type, video: Path) -> None:
    assert typed("add", video, "--kind", "healing") == (0, "added clip 1: spring by the sea\n")


def test_a_twin_is_refused_and_the_first_keeps_its_files(
    typed: Type, video: Path, context: Context
) -> None:
    typed("add", video, "--kind", "healing", "--title", "Sea")
    status, line = typed("add", video, "--kind", "ad")
    assert (status, line) == (1, "spring_by_the_sea.mp4 is in the library already, as clip 1: Sea")
    assert files(context) == [".jpg", ".mp4"]


def test_one_refused_file_does_not_keep_the_others_out(
    typed: Type, video: Path, tmp_path: Path, database: Database
) -> None:
    notes = tmp_path / "notes.mp4"
    notes.write_text("no video")
    status, printed = typed("add", notes, video, tmp_path / "gone.mp4", "--kind", "healing")
    assert status == 1
    assert printed.endswith("2 of 3 files were not added")
    assert len(ClipStore(database).all()) == 1
    assert notes.read_text() == "no video"


def test_nothing_stays_when_the_row_cannot_be_written(
    typed: Type, video: Path, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(ClipStore, "add", refuse)
    assert typed("add", video, "--kind", "ad") == (1, "the disk is full")
    assert files(context) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--kind", "adv"], "--kind: there is no 'adv'; did you mean ad?"),
        (["--kind", "xyz"], "--kind: there is no 'xyz'; choose from healing, ad"),
        (["--kind", "ad", "--for", "hapy"], "--for: there is no 'hapy'; did you mean happy?"),
        (["--kind", "ad", "--title", "x" * 1000], "--title has 1000 characters; 120 at most"),
        (["--kind", "ad", "--title", "  "], "--title is empty"),
        (["--kind", "ad", "--title", "a\nb"], r"line breaks or control characters: 'a\nb'"),
        (["--kind", "ad", "--title", "a\x1b[31mb"], r"control characters: 'a\x1b[31mb'"),
        (["--kind", "ad", "--title", "a\u202eb"], "control characters"),
        (["--kind", "ad", "--link", "javascript:alert(1)"], "--link is no web address"),
        (["--kind", "ad", "--map-link", "https://"], "--map-link is no web address"),
        (["--kind", "ad", "--link", "http://[broken"], "--link is no web address"),
        (["--kind", "ad", "--phone", "call me"], "--phone is no telephone number"),
    ],
)
def test_careless_values_are_one_clear_line(
    typed: Type, video: Path, context: Context, words: list[str], line: str
) -> None:
    status, printed = typed("add", video, *words)
    assert status == 1
    assert line in printed
    assert files(context) == []


def test_a_description_may_have_lines(typed: Type, video: Path, database: Database) -> None:
    typed("add", video, "--kind", "ad", "--description", "One\nTwo")
    assert ClipStore(database).all()[0].description == "One\nTwo"


def test_a_file_name_that_makes_no_title_is_said(typed: Type, video: Path) -> None:
    odd = video.rename(video.with_name("_ \u202e.mp4"))
    status, line = typed("add", odd, "--kind", "ad")
    assert (status, line) == (1, "the file's name makes no title; give one with --title")


def test_a_name_typed_on_a_mac_makes_a_composed_title(typed: Type, video: Path) -> None:
    odd = video.rename(video.with_name(unicodedata.normalize("NFD", "벚꽃\x07길") + ".mp4"))
    assert typed("add", odd, "--kind", "ad") == (0, "added clip 1: 벚꽃 길\n")


def test_one_title_does_not_name_two_files(typed: Type, video: Path) -> None:
    status, line = typed("add", video, video, "--kind", "ad", "--title", "x")
    assert status == 1
    assert "add the files one by one" in line


def test_list_shows_people_and_json_for_programs(
    typed: Type, history: History, database: Database
) -> None:
    history.add_clip(title="[red]Sea[/red]", seasons=(Season.SPRING,))
    history.add_clip(title="Off", enabled=False, approved=False, target_emotions=(Expression.SAD,))
    status, printed = typed("list")
    assert status == 0
    assert "spring" in printed
    assert "off" in printed
    listed = json.loads(typed("list", "--json")[1])
    assert [row["title"] for row in listed] == ["[red]Sea[/red]", "Off"]
    assert (listed[0]["seasons"], listed[0]["target_emotions"]) == (["spring"], [])
    assert (listed[1]["target_emotions"], listed[1]["enabled"]) == (["sad"], False)
    database.insert("campaigns", {"name": "Spring", "advertiser": "Shop"})
    database.write("UPDATE clips SET campaign_id = 1 WHERE id = 2")
    assert [row["campaign"] for row in json.loads(typed("list", "--json")[1])] == [None, 1]
    assert "off, not approved, campaign 1" in " ".join(typed("list")[1].split())
    assert json.loads(typed("show", 2, "--json")[1])["campaign"] == 1
    for clip_id in (1, 2):
        typed("remove", clip_id, "--yes")
    assert typed("list")[1] == "there are no clips; 'appliance clip add' takes some in\n"


def test_list_without_a_database_says_how_to_get_one(typed: Type, context: Context) -> None:
    status, line = typed("list")
    assert status == 1
    assert "start the unit with 'appliance run'" in line
    assert not context.database_path.exists()


def test_show(typed: Type, history: History) -> None:
    history.add_clip(title="Sea", weathers=(Weather.RAIN, Weather.SNOW), tags=("noon", "bakery"))
    status, printed = typed("show", 1)
    assert status == 0
    assert "Sea" in printed
    assert "rain, snow" in printed
    assert "bakery, noon" in printed
    assert json.loads(typed("show", 1, "--json")[1])["weathers"] == ["rain", "snow"]


def test_what_the_panel_cannot_play_is_converted_once(
    typed: Type, tmp_path: Path, database: Database
) -> None:
    film = make_tiny_video(tmp_path / "sea.mov", "libx265")
    status, line = typed("add", film, "--kind", "healing")
    assert (status, line) == (0, "added clip 1: sea (converted: it holds hevc, mov container)\n")
    (added,) = ClipStore(database).all()
    assert added.original_sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    again = shutil.copy(film, tmp_path / "other name.mov")
    status, line = typed("add", again, "--kind", "ad")
    assert (status, line) == (1, "other name.mov is in the library already, as clip 1: sea")


def test_a_picture_lasts_as_long_as_is_said(
    typed: Type, tmp_path: Path, database: Database
) -> None:
    picture = tmp_path / "menu.png"
    cv2.imwrite(str(picture), np.zeros((90, 160, 3), np.uint8))
    typed("add", picture, "--kind", "ad", "--seconds", "2", "--unapproved")
    (added,) = ClipStore(database).all()
    assert (added.duration_s, added.approved) == (2.0, False)
    assert typed("add", picture, "--kind", "ad", "--seconds", "0")[0] == 2


def test_folders_are_walked_and_links_in_them_are_not(
    typed: Type, tiny_video: Path, given: Path, database: Database
) -> None:
    (given / "deep" / "er").mkdir(parents=True)
    shutil.copy(tiny_video, given / "deep" / "er" / "A.MP4")
    (given / "link.mp4").symlink_to(tiny_video)
    (given / ".hidden.mp4").write_bytes(b"half")
    (given / "notes.txt").write_text("no film")
    said = typed("add", given, "--kind", "healing")
    assert said == (0, "added clip 1: A\nleft out: 1 .txt\n")
    empty = given / "empty"
    empty.mkdir()
    status, line = typed("add", empty, "--kind", "healing")
    assert (status, "there is no video or picture in" in line) == (1, True)


def test_approval_is_given_and_taken_back(typed: Type, history: History) -> None:
    for _ in range(2):
        history.add_clip(approved=False)
    assert typed("approve", 1, 2) == (0, "clip 1, 2: approved\n")
    assert typed("unapprove", 2) == (0, "clip 2: not approved\n")
    assert [each.approved for each in history.clips.all()] == [True, False]


@pytest.mark.parametrize("verb", ["show", "enable", "disable", "remove", "approve", "unapprove"])
@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("7", "there is no clip 7; see 'appliance clip list'"),
        ("seven", "a clip is named by its number, not 'seven'; see 'appliance clip list'"),
        ("1.5", "a clip is named by its number, not '1.5'; see 'appliance clip list'"),
        ("9" * 30, "a clip is named by its number"),
        ("٣", "a clip is named by its number"),
    ],
)
def test_a_clip_that_is_not_there(
    typed: Type, history: History, verb: str, word: str, line: str
) -> None:
    status, printed = typed(verb, word)
    assert status == 1
    assert line in printed


def test_disable_and_enable(typed: Type, history: History) -> None:
    for _ in range(3):
        history.add_clip()
    assert typed("disable", 1, 3) == (0, "clip 1, 3: off\n")
    assert [each.id for each in history.clips.enabled()] == [2]
    assert typed("enable", 3) == (0, "clip 3: on\n")
    assert [each.id for each in history.clips.enabled()] == [2, 3]


def test_one_wrong_number_switches_none(typed: Type, history: History) -> None:
    history.add_clip()
    assert typed("disable", 1, 99)[0] == 1
    assert len(history.clips.enabled()) == 1


def test_remove_asks_first(typed: Type, video: Path, database: Database, context: Context) -> None:
    typed("add", video, "--kind", "ad", "--title", "Sea")
    status, printed = typed("remove", 1, answer="n\n")
    assert status == 0
    assert "Remove 1 'Sea'?" in printed
    assert "nothing was removed" in printed
    assert len(ClipStore(database).all()) == 1
    assert typed("remove", 1, "--yes") == (0, "removed 1 'Sea'\n")
    assert ClipStore(database).all() == ()
    assert files(context) == []


def test_every_verb_has_help(typed: Type) -> None:
    for verb in ("add", "edit", "preview", "list", "show", "enable", "disable", "remove"):
        status, printed = typed(verb, "--help")
        assert status == 0
        assert "Usage:" in printed
    assert "[healing|ad]" in typed("add", "--help")[1]
