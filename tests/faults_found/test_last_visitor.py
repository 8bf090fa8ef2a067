"""Nothing on the phone's page shows the last visitor, however often it is opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.domain import ClipKind
from appliance.store.samples import SampleStore
from appliance.store.scores import ScoreStore
from appliance.web.phone.place_day import PlaceDay, finished_hours, place_day
from tests.web.phone_place import PhonePlace


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PhonePlace]:
    place = PhonePlace(tmp_path, has_starters=False)
    yield place
    place.database.close()


def noon(minutes_later: int = 0) -> dt.datetime:
    """Of yesterday, as the visits are."""
    day = dt.datetime.now().astimezone() - dt.timedelta(days=1)
    return day.replace(hour=12, minute=0) + dt.timedelta(minutes=minutes_later)


def visits(place: PhonePlace, number: int, emotion: str, clip_id: int, rating: int = 1) -> None:
    clip = next(each for each in place.clips() if each.id == clip_id)
    with place.database.transaction():
        for _ in range(number):
            place.show(clip, hour=12, days_ago=1, emotion=emotion, seconds=9, rating=rating)


def seen(place: PhonePlace, now: dt.datetime) -> PlaceDay:
    return place_day(SampleStore(place.database), now)


def shares(place: PhonePlace, now: dt.datetime) -> dict[str, float]:
    return {area.emotion: area.share for area in seen(place, now).chart.areas}


def test_an_hour_is_shown_when_it_is_over_and_settled(place: PhonePlace) -> None:
    clip = place.add_clip(kind=ClipKind.HEALING, title="clip")
    visits(place, 6, "happiness", clip.id)
    assert [bool(shares(place, noon(m))) for m in (50, 61, 74, 75)] == [False, False, False, True]


def test_an_emotion_of_four_visits_is_hidden_whatever_their_seconds(place: PhonePlace) -> None:
    clip = place.add_clip(kind=ClipKind.HEALING, title="clip")
    visits(place, 5, "happiness", clip.id)
    visits(place, 4, "anger", clip.id)
    assert shares(place, noon(120)) == {"happiness": 1.0}


def test_visits_without_a_second_do_not_hide_two_people(place: PhonePlace) -> None:
    """Visits were counted by what was shown to them, not by what was seen of them."""
    clip = place.add_clip(kind=ClipKind.HEALING, title="clip")
    for _ in range(5):
        place.show(clip, hour=12, days_ago=1)
    visits(place, 2, "anger", clip.id)
    assert shares(place, noon(120)) == {}


def test_one_visit_of_many_clips_is_one(place: PhonePlace) -> None:
    clip = place.add_clip(kind=ClipKind.HEALING, title="clip")
    visits(place, 6, "anger", clip.id)
    place.database.write("DROP TRIGGER play_events_never_change")
    place.database.write("UPDATE play_events SET visit_id = 1")
    assert shares(place, noon(120)) == {}


@pytest.mark.parametrize(("minutes", "hours"), [(0, 0), (74, 0), (75, 1), (24 * 60 + 15, 24)])
def test_hours_of_a_day(minutes: int, hours: int) -> None:
    midnight = dt.datetime(2027, 3, 5, tzinfo=dt.UTC)
    assert finished_hours(midnight.date(), midnight + dt.timedelta(minutes=minutes)) == hours


def test_two_rankings_never_differ_by_less_than_five_answers(place: PhonePlace) -> None:
    clip = place.add_clip(kind=ClipKind.HEALING, title="clip")
    told = []
    for number in range(11):
        visits(place, 1, "neutral", clip.id, rating=number % 2)
        told.append([(r.likes, r.answers) for r in ScoreStore(place.database).ranking()])
    assert told == [[]] * 4 + [[(2, 5)]] * 5 + [[(5, 10)]] * 2
