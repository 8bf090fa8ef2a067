"""The library's rows."""

from __future__ import annotations

import dataclasses

import pytest

from appliance.domain import ClipKind, DayTime, Expression, Mood, Season, Weather
from appliance.errors import StoreError
from appliance.store.clips import ClipStore
from appliance.store.database import Database
from tests.factories import a_clip
from tests.store.history import STAMP, History

FULL = a_clip(
    7,
    kind=ClipKind.HEALING,
    title="봄, 꽃잎 🌸",
    title_en="Spring",
    seasons=(Season.SPRING, Season.AUTUMN),
    weathers=(Weather.RAIN,),
    day_times=(DayTime.MORNING, DayTime.NIGHT),
    target_emotions=(Expression.SAD, Expression.HAPPY),
    mood=Mood.PEACEFUL,
    valence=0.5,
    arousal=-0.25,
    advertiser="Shop",
    description="Text",
    description_en="Text",
    address="Road 1",
    phone="02-000-0000",
    map_link="https://example.org/map",
    link="https://example.org",
    thumbnail="clip-7.jpg",
    enabled=False,
    approved=False,
    is_starter=True,
    tags=("꽃", "lunch"),
    original_sha256="0" * 63 + "e",
)


def test_every_field_comes_back_as_it_went_in(database: Database) -> None:
    clips = ClipStore(database)
    added = clips.add(FULL, STAMP)
    assert added == dataclasses.replace(FULL, id=added.id, tags=("lunch", "꽃"))
    assert clips.get(added.id) == added
    assert clips.with_sha256(FULL.sha256) == added
    assert all(type(season) is Season for season in added.seasons)


def test_a_twin_is_refused_by_name(history: History) -> None:
    first = history.add_clip(sha256="a" * 64, title="The first")
    with pytest.raises(StoreError, match=f"already: {first.id} The first"):
        history.add_clip(sha256="a" * 64, title="The second")


def test_a_converted_clip_is_known_by_its_original_too(history: History) -> None:
    first = history.add_clip(sha256="a" * 64, original_sha256="b" * 64)
    assert history.clips.with_sha256("b" * 64) == first
    for twin in ({"sha256": "b" * 64}, {"sha256": "c" * 64, "original_sha256": "a" * 64}):
        with pytest.raises(StoreError, match="in the library already"):
            history.add_clip(**twin)
    assert history.clips.all() == (first,)


def test_an_update_writes_every_field_and_keeps_what_others_know(
    history: History, database: Database
) -> None:
    clip, other = history.add_clip(tags=("old", "both")), history.add_clip(tags=("old",))
    history.play(clip, rating=1)
    scores = database.rows("SELECT * FROM clip_scores")
    changed = dataclasses.replace(
        FULL, id=clip.id, file=clip.file, sha256=clip.sha256, tags=("both", "new")
    )
    assert history.clips.update(changed)
    assert history.clips.all() == (changed, other)
    assert database.rows("SELECT * FROM clip_scores") == scores
    assert history.clips.update(dataclasses.replace(changed, id=404)) is False


def test_approval_is_kept(history: History) -> None:
    clip = history.add_clip(approved=False)
    assert history.clips.set_approved(clip.id, True)
    assert history.clips.all() == (dataclasses.replace(clip, approved=True),)
    assert history.clips.set_approved(404, True) is False


def test_tags_go_with_their_clip(history: History, database: Database) -> None:
    clip = history.add_clip(tags=("a", "b"))
    history.clips.remove(clip.id)
    assert database.rows("SELECT * FROM clip_tags") == []


def test_enabled_leaves_out_what_is_switched_off(history: History) -> None:
    on, off = history.add_clip(), history.add_clip()
    assert history.clips.set_enabled(off.id, False)
    assert history.clips.enabled() == (on,)
    assert [clip.id for clip in history.clips.all()] == [on.id, off.id]
    assert history.clips.set_enabled(off.id, True)
    assert history.clips.enabled() == (on, off)


def test_an_unknown_clip_is_none_or_false(history: History) -> None:
    assert history.clips.get(404) is None
    assert history.clips.set_enabled(404, True) is False
    assert history.clips.remove(404) is False


def test_a_removed_clip_leaves_its_proof_and_its_number_is_never_given_again(
    history: History, database: Database
) -> None:
    clip = history.add_clip(title="Gone")
    play_id = history.play(clip, rating=1)
    assert history.clips.remove(clip.id)
    assert history.clips.get(clip.id) is None
    assert database.rows("SELECT * FROM clip_scores") == []
    proof = history.plays.details(play_id)
    assert proof is not None
    assert (proof.clip_id, proof.clip_title, proof.rating) == (clip.id, "Gone", 1)
    assert history.add_clip().id > clip.id


def test_starters_are_remembered_even_when_removed(history: History) -> None:
    assert not history.clips.has_starters()
    history.clips.remember_starters(STAMP)
    history.clips.remember_starters(STAMP)
    assert history.clips.has_starters()
