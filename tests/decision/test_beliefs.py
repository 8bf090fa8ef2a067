"""What is believed of a library stays right while answers come in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, PriorSettings
from appliance.domain import Expression, Mood, Score, Scores
from tests.factories import a_clip

CLIPS = tuple(
    a_clip(number, target_emotions=targets, mood=mood)
    for number, (targets, mood) in enumerate(
        (
            ((), None),
            ((Expression.HAPPY,), Mood.PEACEFUL),
            ((Expression.SAD, Expression.NEUTRAL), Mood.PEACEFUL),
            ((), None),
        ),
        1,
    )
)
PRIOR = PriorSettings()
EXPRESSIONS = (*Expression, None)

keys = st.tuples(st.integers(1, 5), st.sampled_from(EXPRESSIONS))
some_scores = st.dictionaries(keys, st.builds(Score, st.integers(0, 50), st.integers(0, 50)))


def beliefs_of(scores: Scores, library: Library | None = None) -> Beliefs:
    return Beliefs(library or Library(CLIPS), scores, PRIOR)


@given(before=some_scores, later=some_scores)
def test_learning_step_by_step_is_learning_at_once(before: Scores, later: Scores) -> None:
    beliefs = beliefs_of(before)
    for expression in EXPRESSIONS:
        beliefs.groups(expression)
    for key, score in later.items():
        beliefs.learn(key[0], {key: score})
    at_once = beliefs_of({**before, **later})
    for expression in EXPRESSIONS:
        groups = beliefs.groups(expression)
        for place, clip in enumerate(CLIPS):
            expected = at_once.posterior(clip, expression)
            arm = groups.arms[groups.group_of[place]]
            np.testing.assert_allclose(arm, (expected.alpha, expected.beta))
            everybody = at_once.groups(expression)
            np.testing.assert_allclose(
                groups.drawn[groups.group_of[place]], everybody.drawn[everybody.group_of[place]]
            )
            assert beliefs.answers(clip, expression) == at_once.answers(clip, expression)


def test_in_a_large_library_an_answer_moves_its_own_clip_at_once_and_the_others_later() -> None:
    library = Library([a_clip(number) for number in range(1, 3501)])
    beliefs = beliefs_of({}, library)
    before = beliefs.groups(Expression.HAPPY)
    for answers in (1, 2, 3):
        beliefs.learn(1, {(1, Expression.HAPPY): Score(answers, 0)})
    groups = beliefs.groups(Expression.HAPPY)
    own = groups.arms[groups.group_of[0]]
    np.testing.assert_allclose(own, before.arms[before.group_of[0]] + (3, 0))
    np.testing.assert_array_equal(groups.arms[groups.group_of[1]], before.arms[before.group_of[1]])
    beliefs.learn(1, {(1, Expression.HAPPY): Score(4, 0)})
    groups = beliefs.groups(Expression.HAPPY)
    assert groups.arms[groups.group_of[1]][0] > before.arms[before.group_of[1]][0]


def test_clips_of_which_the_same_is_believed_are_one_group() -> None:
    groups = beliefs_of({}).groups(Expression.HAPPY)
    assert groups.group_of[0] == groups.group_of[3]
    assert len(groups.arms) == 3


def test_what_is_known_of_a_removed_clip_teaches_nothing() -> None:
    gone: Scores = {(77, Expression.HAPPY): Score(50, 0)}
    beliefs = beliefs_of(gone)
    beliefs.learn(77, gone)
    assert beliefs.posterior(CLIPS[0], Expression.HAPPY) == beliefs_of({}).posterior(
        CLIPS[0], Expression.HAPPY
    )


def test_an_empty_library_believes_nothing() -> None:
    assert len(beliefs_of({}, Library(())).groups(None).arms) == 0
