"""``appliance campaign`` as a person types it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from appliance.cli import campaign_view
from appliance.cli.campaign import campaign
from appliance.domain import Campaign, Daypart
from appliance.store.campaigns import CampaignStore
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.store.history import History, a_stamp

TODAY = dt.date.today()
NEXT = (TODAY + dt.timedelta(days=1)).isoformat()
LATER = (TODAY + dt.timedelta(days=30)).isoformat()


@pytest.fixture
def typed(
    run_command: Callable[[click.Command], Type],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Type:
    # Whether this computer's clock is set must not decide.
    monkeypatch.setattr(campaign_view, "has_right_time", lambda: True)
    return run_command(campaign)


@pytest.fixture
def store(database: Database) -> CampaignStore:
    return CampaignStore(database)


def only(store: CampaignStore) -> Campaign:
    (found,) = store.all()
    return found


def add(typed: Type, name: str = "봄", *words: str) -> tuple[int, str]:
    return typed("add", name, "--advertiser", "꽃집", *words)


def test_a_campaign_with_everything(typed: Type, store: CampaignStore) -> None:
    status, output = add(
        typed, "봄", "--from", NEXT, "--until", LATER, "--daypart", "mon-fri 07:00-09:30",
        "--daypart", "sat 22:00-02:00", "--share", "60", "--cap", "6", "--target", "1000",
        "--priority", "3",
    )  # fmt: skip
    assert (status, output) == (0, "added campaign 1: 봄\n")
    made = only(store)
    assert made.dayparts[-1] == Daypart(6, 22 * 60, 2 * 60)
    assert len(made.dayparts) == 6
    assert (made.share_s_per_hour, made.max_plays_per_hour, made.target_plays) == (60, 6, 1000)
    assert (str(made.starts_on), str(made.ends_on), made.priority) == (NEXT, LATER, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cap", "0"), "cap of plays per hour is a whole number 1..3600, not '0'"),
        (("--target", "0"), "target of plays is a whole number"),
        (("--share", "nan"), "share of voice, in seconds per hour, is a whole number"),
        (("--share", "3601"), "1..3600, not '3601'"),
        (("--priority", "10"), "0..9"),
        (("--from", "1.4.2026"), "is no date"),
        (("--from", "2026-02-29"), "is no date"),
        (("--from", LATER, "--until", NEXT), "would end"),
        (("--target", "5", "--from", NEXT), "give its first and last day"),
        (("--daypart", "mon 09:00-09:00"), "the window is empty"),
        (("--daypart", "mon 09:00-07:00"), "turn the times round"),
        (("--daypart", "mon 9-17"), "write it as"),
        (("--daypart", "mon 09:60-17:00"), "00:00 to 24:00"),
        (("--daypart", "mon 09:00-24:01"), "00:00 to 24:00"),
        (("--daypart", "mum 09:00-17:00"), "no day 'mum'"),
        (("--daypart", "mon,mon 09:00-17:00"), "a day twice"),
        (("--daypart", "mon 09:00-17:00", "--daypart", "daily 16:00-18:00"), "overlap"),
        (("--daypart", "sun 22:00-03:00", "--daypart", "mon 02:00-04:00"), "overlap"),
        (("--fallback", "--share", "60"), "promise no share"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(
    typed: Type, store: CampaignStore, words: tuple[str, ...], said: str
) -> None:
    status, output = add(typed, "봄", *words)
    assert status == 1
    assert said in output
    assert store.all() == ()


def test_dates_in_the_past_are_taken_with_a_warning(typed: Type, store: CampaignStore) -> None:
    status, output = add(typed, "봄", "--until", "2020-01-01")
    assert status == 0
    assert "is past: it will not play" in output
    assert only(store).ends_on == dt.date(2020, 1, 1)


def test_dayparts_that_never_come_are_warned_of(typed: Type) -> None:
    # 4 January 2100 is a Monday.
    dates = ("--from", "2100-01-04", "--until", "2100-01-06")
    assert "none of its dayparts" in add(typed, "a", *dates, "--daypart", "thu-sun 07:00-09:00")[1]
    assert "none of its dayparts" not in add(typed, "b", *dates, "--daypart", "wed 07:00-09:00")[1]


def test_an_edit_changes_what_is_named_and_nothing_else(typed: Type, store: CampaignStore) -> None:
    add(typed, "봄", "--cap", "6", "--share", "60", "--daypart", "daily 07:00-09:00")
    status, _ = typed("edit", "봄", "--cap", "4", "--clear", "share", "--priority", "0")
    made = only(store)
    assert status == 0
    assert (made.max_plays_per_hour, made.share_s_per_hour) == (4, None)
    assert len(made.dayparts) == 7
    typed("edit", 1, "--clear", "dayparts", "--name", "여름")
    assert (only(store).dayparts, only(store).name) == ((), "여름")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("edit", "1"), "nothing to change"),
        (("edit", "1", "--clear", "cap", "--cap", "3"), "contradict"),
        (("edit", "1", "--clear", "frm"), "did you mean from"),
        (("edit", "1", "--target", "7"), "give its first and last day"),
        (("edit", "2", "--cap", "3"), "there is no campaign '2'"),
        (("show", "가을"), "there is no campaign '가을'"),
        (("pause", "-"), "there is no campaign '-'"),
        (("assign", "1", "99"), "there is no clip 99"),
        (("assign", "1", "x"), "a clip is named by its number"),
        (("daypart", "remove", "1", "mon 07:00-09:00"), "has no daypart 'mon 07:00-09:00'"),
        (("import", "nowhere.csv"), "No such file"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    typed: Type, store: CampaignStore, words: tuple[str, ...], said: str
) -> None:
    add(typed)
    before = store.all()
    status, output = typed(*words)
    assert status == 1
    assert said in output
    assert store.all() == before


def test_two_of_one_name_are_refused(typed: Type, store: CampaignStore) -> None:
    add(typed)
    status, output = add(typed)
    assert status == 1
    assert "called '봄' already" in output


def test_pausing_and_resuming(typed: Type, store: CampaignStore) -> None:
    add(typed)
    assert typed("pause", "봄") == (0, "campaign 1 '봄': paused, at any time\n")
    assert not only(store).enabled
    typed("resume", "1")
    assert only(store).enabled


def test_dayparts_come_and_go(typed: Type, store: CampaignStore) -> None:
    add(typed)
    typed("daypart", "add", "봄", "mon-fri 07:00-09:00", "sat 10:00-12:00")
    status, output = typed("daypart", "add", "봄", "wed 08:00-10:00")
    assert (status, "overlap" in output) == (1, True)
    typed("daypart", "remove", "봄", "tue 07:00-09:00")
    assert [part.weekday for part in only(store).dayparts] == [1, 3, 4, 5, 6]
    status, output = typed("daypart", "remove", "봄", "mon,wed-fri 07:00-09:00", "sat 10:00-12:00")
    assert (status, "would play at any time" in output) == (1, True)
    assert len(only(store).dayparts) == 5


def test_clips_are_assigned_and_taken_out(
    typed: Type, store: CampaignStore, history: History
) -> None:
    add(typed)
    first, second = history.add_clip(), history.add_clip()
    assert typed("assign", "봄", first.id, second.id)[0] == 0
    assert store.assignments() == {first.id: 1, second.id: 1}
    typed("assign", "봄", second.id, "--remove")
    assert store.assignments() == {first.id: 1}
    status, output = typed("assign", "봄", second.id, "--remove")
    assert (status, "is not in campaign" in output) == (1, True)


def test_removing_asks_first(typed: Type, store: CampaignStore) -> None:
    add(typed)
    assert "nothing was removed" in typed("remove", "봄", answer="n\n")[1]
    assert store.all()
    assert typed("remove", "봄", "--yes")[0] == 0
    assert store.all() == ()


def test_list_and_show_tell_how_far_it_has_come(
    typed: Type, store: CampaignStore, history: History
) -> None:
    first = (TODAY - dt.timedelta(days=10)).isoformat()
    last = (TODAY + dt.timedelta(days=9)).isoformat()
    add(typed, "봄", "--from", first, "--until", last, "--target", "100")
    clip = history.add_clip()
    typed("assign", "봄", clip.id)
    history.play(clip, campaign_id=1, stamp=a_stamp())
    facts: dict[str, Any] = json.loads(typed("show", "봄", "--json")[1])
    assert (facts["plays"], facts["clips"], facts["now"]) == (1, [clip.id], "may play")
    assert 50 <= facts["planned_plays"] <= 55
    assert json.loads(typed("list", "--json")[1]) == [facts]
    assert "봄" in typed("list")[1]
    assert "planned_plays" in typed("show", "1")[1]


def test_list_says_why_a_campaign_does_not_play(
    typed: Type, store: CampaignStore, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def now() -> list[str]:
        return [facts["now"] for facts in json.loads(typed("list", "--json")[1])]

    assert typed("list")[1] == "there are no campaigns; 'appliance campaign add' makes one\n"
    add(typed, "over", "--until", "2020-01-01")
    add(typed, "later", "--from", NEXT)
    add(typed, "fallback", "--fallback")
    assert now() == ["has no clips"] * 3
    clips = [history.add_clip(approved=False) for _ in range(3)]
    for number, clip in enumerate(clips, 1):
        store.assign([clip.id], number)
    assert now() == ["its clips are switched off or not approved"] * 3
    for clip in clips:
        history.clips.set_approved(clip.id, True)
    assert now() == ["over", f"begins on {NEXT}", "plays when nothing else may"]
    monkeypatch.setattr(campaign_view, "has_right_time", lambda: False)
    assert now()[1] == "waits for the unit's clock"


# --- import -----------------------------------------------------------------------------------

TABLE = (
    "name,advertiser,starts_on,ends_on,dayparts,target_plays,clips\n"
    f"봄,꽃집,{NEXT},{LATER},mon-fri 07:00-09:00;sat 10:00-12:00,100,1\n"
    "\n"
    '"여름, 밤",꽃집,,,,,\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_table_is_imported(
    typed: Type, store: CampaignStore, history: History, given: Path, encoding: str
) -> None:
    history.add_clip()
    file = given / "table.csv"
    file.write_bytes(TABLE.encode(encoding))
    assert typed("import", file) == (0, "imported 2 campaigns\n")
    spring, summer = store.all()
    assert (spring.name, len(spring.dayparts), spring.target_plays) == ("봄", 6, 100)
    assert (summer.name, summer.starts_on, summer.dayparts) == ("여름, 밤", None, ())
    assert store.assignments() == {1: 1}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (TABLE.encode() + b"caf\xff\xfe,x,,,,,\n", "give --encoding"),
        (b"name\0", "is no text"),
        (TABLE.encode() + b"autumn,x,,,,0,\n", "line 5: target_plays:"),
        (TABLE.encode() + b"autumn,,,,,,\n", "line 5: advertiser:"),
        (TABLE.encode() + b"autumn,x,,,mon 9-10,,\n", "line 5: dayparts: 'mon 9-10' is no daypart"),
        (TABLE.encode() + b"autumn,x,2027-01-02,2027-01-01,,,\n", "line 5: the campaign would end"),
        (TABLE.encode() + b"autumn,x,,,,,1 77\n", "clip 1 is in both"),
        (TABLE.encode() + b"autumn,x,,,,,77\n", "there is no clip 77"),
        (TABLE.encode() + b"autumn,x,,,,,,,z\n", "line 5: 'z' stands under no column"),
        (TABLE.encode() + "봄,x,,,,,\n".encode(), "'봄' stands there twice"),
        (TABLE.encode() + b'autumn,"x,,,,,\n', "no CSV"),
        (TABLE.replace(",", "|").encode(), "there is no column"),
        (b"name,advertizer\na,b\n", "did you mean advertiser?"),
        (b"name\na\n", "lacks the column advertiser"),
        (b"name,advertiser,name\na,b,c\n", "a column twice"),
        (b"name,advertiser\n", "holds no campaign"),
        (b"", "holds no campaign"),
        (b"name,advertiser\n" + b"x" * 200_000 + b",y\n", "no CSV"),
    ],
)
def test_of_a_table_with_a_mistake_nothing_is_imported(
    typed: Type, store: CampaignStore, history: History, given: Path, table: bytes, said: str
) -> None:
    history.add_clip()
    file = given / "table.csv"
    file.write_bytes(table)
    status, output = typed("import", file)
    assert status == 1
    assert said in output
    assert (store.all(), store.assignments()) == ((), {})


def test_a_name_that_is_there_already_stops_the_whole_table(
    typed: Type, store: CampaignStore, history: History, given: Path
) -> None:
    history.add_clip()
    add(typed, "여름, 밤")
    (given / "table.csv").write_text(TABLE, "utf-8")
    status, output = typed("import", given / "table.csv")
    assert status == 1
    assert "called '여름, 밤' already; take another name; nothing was imported" in output
    assert [each.name for each in store.all()] == ["여름, 밤"]
