"""What is believed of a library stays right while answers come in."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, PriorSettings, answers_for, posterior_of
from appliance.domain import Expression, Score, Scores
from tests.factories import a_clip

CLIPS = tuple(
    a_clip(number, target_emotions=targets)
    for number, targets in enumerate(
        ((), (Expression.HAPPY,), (Expression.SAD, Expression.NEUTRAL), ()), 1
    )
)
PRIOR = PriorSettings()
EXPRESSIONS = (*Expression, None)

keys = st.tuples(st.integers(1, 5), st.sampled_from(EXPRESSIONS))
some_scores = st.dictionaries(keys, st.builds(Score, st.integers(0, 50), st.integers(0, 50)))


@given(before=some_scores, later=some_scores)
def test_learning_step_by_step_is_learning_at_once(before: Scores, later: Scores) -> None:
    beliefs = Beliefs(Library(CLIPS), before, PRIOR)
    for expression in EXPRESSIONS:
        beliefs.groups(expression)
    for key, score in later.items():
        beliefs.learn(key[0], {key: score})
    known = {**before, **later}
    for expression in EXPRESSIONS:
        groups = beliefs.groups(expression)
        for place, clip in enumerate(CLIPS):
            answers = answers_for(clip, expression, known)
            expected = posterior_of(clip, expression, answers, PRIOR)
            np.testing.assert_allclose(
                groups.arms[groups.group_of[place]], (expected.alpha, expected.beta)
            )
            assert beliefs.answers(clip, expression) == answers


def test_clips_of_which_the_same_is_believed_are_one_group() -> None:
    groups = Beliefs(Library(CLIPS), {}, PRIOR).groups(Expression.HAPPY)
    assert groups.group_of[0] == groups.group_of[3]
    assert len(groups.arms) == 3
