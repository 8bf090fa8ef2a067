"""Reactions read from the samples of plays."""

from __future__ import annotations

import pytest

from appliance.domain import (
    EMOTIONS,
    EmotionScores,
    Expression,
    PlaybackEvent,
    RatingSource,
    Screen,
)
from appliance.feedback.reaction import reaction_of
from appliance.store.database import Database
from appliance.store.reactions import ReactionStore
from tests.store.history import STAMP, History

EVEN = (0.3, 0.3, 0.1, 0.1, 0.1, 0.05, 0.05)
"""Two lead alike; the first in the order of the emotions counts."""


def scores(emotion: str | None, valence: float = 0.5, *, sure: bool = True) -> EmotionScores:
    probabilities = EVEN
    if emotion is not None:
        probabilities = tuple(0.64 if name == emotion else 0.06 for name in EMOTIONS)
    expression = Expression.HAPPY if sure else None
    return EmotionScores(probabilities, valence, -0.25, expression, max(probabilities))


@pytest.fixture
def store(database: Database) -> ReactionStore:
    return ReactionStore(database)


def shown_to_somebody(history: History, *seconds: EmotionScores, **more: object) -> str:
    visit = history.visits.start(1, STAMP)
    play = history.begin(history.add_clip(), visit_id=visit, **more)
    for second, each in enumerate(seconds):
        history.samples.record(play, second, each, 1)
    return play


def test_it_is_what_the_samples_say(history: History, store: ReactionStore) -> None:
    play = shown_to_somebody(
        history,
        *(scores(emotion) for emotion in EMOTIONS),
        scores(None),
        scores("happiness", valence=-0.3),
        scores("fear", valence=1.0, sure=False),
    )
    past = store.of_play(play)
    assert past is not None
    expected = reaction_of(play, history.samples.of_play(play))
    assert past.reaction == expected
    assert (past.reaction.sampled, past.abstained) == (9, 1)
    assert past.reaction.ratios[0] == pytest.approx(100 * 2 / 9)  # its own second, and the tie
    assert past.valence == pytest.approx((8 * 0.5 - 0.3) / 9)  # abstained seconds count in no mean
    assert past.arousal == pytest.approx(-0.25)


def test_a_play_that_was_abstained_throughout_has_no_means(
    history: History, store: ReactionStore
) -> None:
    past = store.of_play(shown_to_somebody(history, scores("fear", sure=False)))
    assert past is not None
    assert (past.reaction.sampled, past.abstained, past.valence) == (0, 1, None)
    assert past.reaction.ratios == (0.0,) * 7


def test_a_play_without_samples_has_no_reaction(history: History, store: ReactionStore) -> None:
    assert store.of_play(shown_to_somebody(history)) is None
    assert store.of_play("made-up") is None


def test_watchers_are_those_a_clip_was_chosen_for(history: History, store: ReactionStore) -> None:
    play = shown_to_somebody(history, scores("happiness"))
    loop = history.begin(history.add_clip(), screen=Screen.HEALING, visit_id=1)
    history.samples.record(loop, 1, scores("sadness"), 1)
    shown_to_somebody(history)
    (past,) = store.of_watchers()
    assert past.reaction.play_id == play
    assert store.of_play(loop) is not None


def test_of_one_clip_with_what_was_said(history: History, store: ReactionStore) -> None:
    plays = [shown_to_somebody(history, scores("happiness")) for _ in range(3)]
    history.ratings.give(plays[1], None, RatingSource.PANEL, STAMP, 3)
    history.ratings.say_seen_before(plays[1], True)
    (past,) = store.of_watchers(2)
    assert past.reaction.play_id == plays[1]
    assert (past.rating, past.stars, past.seen_before) == (None, 3, True)
    assert [each.clip_id for each in store.of_watchers()] == [1, 2, 3]


def test_a_rated_clip_that_was_deleted_is_still_there(
    history: History, store: ReactionStore
) -> None:
    play = shown_to_somebody(history, scores("happiness"))
    history.ratings.give(play, 1, RatingSource.PANEL, STAMP)
    history.clips.remove(1)
    (past,) = store.of_watchers(1)
    assert (past.clip_title, past.rating) == ("Clip 1", 1)
    assert store.title_of(1) == "Clip 1"
    assert store.title_of(2) is None


def test_events_in_any_order_make_one_reaction(history: History, store: ReactionStore) -> None:
    play = shown_to_somebody(history, scores("happiness"))
    history.plays.record(play, PlaybackEvent.ENDED, 9.0, "", STAMP)
    assert len(store.of_watchers()) == 1
