"""What of the library is read again, and that it is then as if all of it had been."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.daemon.campaign_book import CampaignBook
from appliance.decision.library import Library
from appliance.domain import ClipKind, Daypart, PlaybackEvent, Season
from appliance.store.campaigns import CampaignStore
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from tests.factories import a_campaign, a_clip
from tests.fakes import FakeClock
from tests.store.history import STAMP, History


class Editor:
    """Another process that changes the library: four clips, two of them in two campaigns."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clips, self.campaigns = ClipStore(database), CampaignStore(database)
        for number in range(1, 5):
            self.add(number)
        for number in (1, 2):
            self.campaigns.add(a_campaign(0, name=f"C{number}", share_s_per_hour=60.0))
            self.campaigns.assign([number], number)

    def add(self, number: int) -> None:
        tags = ("calm",) if number % 2 else ()
        self.clips.add(a_clip(number, file=f"{number}.mp4", sha256=f"{number}", tags=tags), STAMP)

    def edit(self, clip_id: int, **changes: object) -> None:
        clip = self.clips.get(clip_id)
        assert clip is not None
        self.clips.update(dataclasses.replace(clip, **changes))  # type: ignore[arg-type]

    def edit_campaign(self, campaign_id: int, **changes: object) -> None:
        campaign = self.campaigns.get(campaign_id)
        assert campaign is not None
        self.campaigns.update(dataclasses.replace(campaign, **changes))  # type: ignore[arg-type]


CHANGES: dict[str, Callable[[Editor], object]] = {
    "added": lambda e: e.add(5),
    "edited": lambda e: e.edit(2, title="New", seasons=(Season.WINTER,)),
    "of another kind": lambda e: e.edit(2, kind=ClipKind.HEALING),
    "tagged": lambda e: e.edit(2, tags=("calm", "storm")),
    "untagged": lambda e: e.edit(1, tags=()),
    "disabled": lambda e: e.clips.set_enabled(2, False),
    "unapproved": lambda e: e.clips.set_approved(2, False),
    "removed": lambda e: e.clips.remove(1),
    "assigned": lambda e: e.campaigns.assign([3, 4], 2),
    "taken out": lambda e: e.campaigns.assign([1], None),
    "campaign added": lambda e: e.campaigns.add(a_campaign(0, name="C3")),
    "campaign edited": lambda e: e.edit_campaign(1, priority=9),
    "dayparts": lambda e: e.edit_campaign(1, dayparts=(Daypart(1, 60, 120),)),
    "campaign removed": lambda e: e.campaigns.remove(1),
}


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    with open_database(tmp_path / "appliance.db") as database:
        yield Editor(database)


@pytest.fixture
def database(editor: Editor) -> Iterator[Database]:
    """The unit's own connection."""
    with open_database(editor.database.path) as database:
        yield database


def facts(library: Library) -> dict[str, object]:
    arrays = {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in vars(library).items()
        if not name.startswith("_") and name != "campaigns"
    }
    tagged = {tag: flags.tolist() for tag, flags in library.tagged.items()}
    flags = {
        name: {key: value.tolist() for key, value in arrays.pop(name).items()}  # type: ignore
        for name in ("is_kind", "fits_season", "fits_weather", "fits_day_time")
    }
    return arrays | flags | {"tagged": tagged, "all": library.campaigns.campaigns}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_read_alone_is_as_good_as_all_read_anew(
    editor: Editor, database: Database, change: str
) -> None:
    book = CampaignBook(database)
    assert book.read()
    before = book.library
    CHANGES[change](editor)
    assert book.read()
    fresh = CampaignBook(database)
    fresh.read()
    assert facts(book.library) == facts(fresh.library)
    assert facts(book.library) != facts(before)


def test_changes_one_after_the_other(editor: Editor, database: Database) -> None:
    book = CampaignBook(database)
    for name in ("disabled", "edited", "removed", "added", "assigned", "campaign removed"):
        CHANGES[name](editor)
        assert book.read()
    editor.clips.set_enabled(2, True)
    assert book.read()
    fresh = CampaignBook(database)
    fresh.read()
    assert facts(book.library) == facts(fresh.library)
    assert [clip.id for clip in book.library.clips] == [2, 3, 4, 5]


def test_what_did_not_change_is_not_read_again(editor: Editor, database: Database) -> None:
    book = CampaignBook(database)
    assert book.read()
    clips, campaigns = book.library.clips, book.library.campaigns
    assert not book.read()
    editor.edit(2, title="New")
    assert book.read()
    for old, new in zip(clips, book.library.clips, strict=True):
        assert (old is new) == (old.id != 2)
    assert book.library.campaigns is campaigns


def test_the_unit_s_own_changes_are_taken_over_too(editor: Editor) -> None:
    book = CampaignBook(editor.database)
    assert book.read()
    editor.add(5)
    assert book.read()
    assert 5 in book.library.place_of


def test_totals_follow_choices_taken_back_and_those_that_came_on_after_all(
    editor: Editor, database: Database
) -> None:
    book, history = CampaignBook(database), History(database)
    book.read()
    clip = book.library.clips[0]
    plays = [history.plan(clip, campaign_id=1) for _ in range(3)]
    for play in plays:
        book.recount(play)
    book.withdraw(plays[0])
    book.withdraw(plays[1])
    assert totals(book) == CampaignStore(database).totals() == {1: 1}
    history.plays.record(plays[1], PlaybackEvent.PLAYING, 0.0, "", STAMP)
    book.recount(plays[1])
    assert totals(book) == CampaignStore(database).totals() == {1: 2}


def totals(book: CampaignBook) -> dict[int, int]:
    moment = book.moment(FakeClock().now())
    assert moment is not None
    return dict(moment.counts.plays)
