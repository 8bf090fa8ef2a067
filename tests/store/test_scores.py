"""The ranking admits how little it knows."""

from __future__ import annotations

import pytest

from appliance.domain import ClipKind, Expression
from appliance.store.database import Database
from appliance.store.scores import ScoreStore, wilson_interval
from tests.store.history import History


def give(database: Database, clip_id: int, likes: int, dislikes: int, expression: int = 0) -> None:
    database.insert(
        "clip_scores",
        {
            "clip_id": clip_id,
            "expression": expression,
            "likes": likes,
            "dislikes": dislikes,
            "updated_at": "",
        },
    )


@pytest.mark.parametrize(
    ("likes", "answers", "low", "high"),
    [
        # Computed with R: prop.test(likes, answers, correct = FALSE).
        (1, 1, 0.2065, 1.0),
        (0, 1, 0.0, 0.7935),
        (8, 10, 0.4902, 0.9433),
        (81, 263, 0.2553, 0.3662),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval(likes: int, answers: int, low: float, high: float) -> None:
    assert wilson_interval(likes, answers) == pytest.approx((low, high), abs=5e-5)


def test_few_answers_do_not_outrank_many(history: History, database: Database) -> None:
    lucky, proven, disliked = (history.add_clip().id for _ in range(3))
    give(database, lucky, 5, 0)
    give(database, proven, 45, 5)
    give(database, disliked, 1, 30)
    ranking = ScoreStore(database).ranking()
    assert [place.clip.id for place in ranking] == [proven, lucky, disliked]
    assert (ranking[0].likes, ranking[0].answers) == (45, 50)
    assert ranking[0].wilson_low == pytest.approx(wilson_interval(45, 50)[0])


def test_all_expressions_count_together_the_abstained_too(
    history: History, database: Database
) -> None:
    clip = history.add_clip()
    for expression in (Expression.HAPPY, Expression.SAD, None, Expression.SAD, None):
        history.play(clip, 1, expression=expression)
    assert [place.answers for place in ScoreStore(database).ranking()] == [5]


def test_only_clips_that_may_be_shown_and_were_answered_about(
    history: History, database: Database
) -> None:
    shown, off, unapproved, unanswered = (history.add_clip().id for _ in range(4))
    for clip_id in (shown, off, unapproved):
        give(database, clip_id, 4, 1)
    give(database, unanswered, 0, 0)
    history.clips.set_enabled(off, False)
    database.write("UPDATE clips SET approved = 0 WHERE id = :id", {"id": unapproved})
    assert [place.clip.id for place in ScoreStore(database).ranking()] == [shown]


def test_kind_and_limit(history: History, database: Database) -> None:
    ads = [history.add_clip(kind=ClipKind.AD).id for _ in range(3)]
    healing = history.add_clip(kind=ClipKind.HEALING).id
    for clip_id in (*ads, healing):
        give(database, clip_id, 4, 1)
    scores = ScoreStore(database)
    assert [place.clip.id for place in scores.ranking(ClipKind.HEALING)] == [healing]
    assert [place.clip.id for place in scores.ranking(ClipKind.AD, limit=2)] == ads[:2]
    assert scores.ranking(limit=0) == ()
