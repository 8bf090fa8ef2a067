"""expression_window.py: steady under noise, honest about what cannot be read."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audience.expression_window import ExpressionWindow, Steadiness
from appliance.audience.rules import AudienceRules
from appliance.domain import Expression
from tests.audience.scores import EXPRESSIONS, scores

H, N, S = Expression.HAPPY, Expression.NEUTRAL, Expression.SAD
RULES = AudienceRules(window_s=1.0, stable_share=0.6, release_share=0.35)
FPS = 8.0


def run(
    votes: Sequence[Expression | None], window: ExpressionWindow | None = None, start: int = 0
) -> list[Steadiness]:
    window = window or ExpressionWindow(RULES, EXPRESSIONS)
    return [
        window.observe(scores(vote), (start + number) / FPS) for number, vote in enumerate(votes)
    ]


def test_expression_becomes_stable_once_the_window_is_filled() -> None:
    states = run([H] * 8)

    first = next(number for number, state in enumerate(states) if state.is_stable)
    assert 0.5 <= first / FPS <= 1.0
    assert all(state.expression is H for state in states[first:])


def test_confidence_is_the_mean_probability_over_the_window() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    for number, confidence in enumerate([0.5, 0.7, 0.9, 0.5, 0.7, 0.9, 0.5, 0.7]):
        state = window.observe(scores(H, confidence), number / FPS)

    assert state.confidence == pytest.approx((3 * 0.5 + 3 * 0.7 + 2 * 0.9) / 8)


def test_one_frame_is_never_steady_even_after_a_long_time() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)

    states = [window.observe(scores(H), 0.0), window.observe(None, 0.9)]

    assert not any(state.is_stable for state in states)


def test_even_mixture_is_not_stable() -> None:
    assert not any(state.is_stable for state in run([H, S] * 16))


def test_stable_expression_survives_a_few_other_frames() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([H] * 8, window)

    states = run([S, H, N, S, H, None, H, S, H, N], window, start=8)

    assert {state.expression for state in states} == {H}
    assert all(state.is_stable for state in states)


def test_lasting_change_changes_the_expression_once() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([N] * 8, window)

    states = run([H] * 10, window, start=8)

    expressions = [state.expression for state in states]
    changes = [b for a, b in itertools.pairwise(expressions) if a is not b]
    assert changes == [H]


def test_expression_that_fades_is_given_up() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([H] * 8, window)

    states = run([S, N] * 6, window, start=8)

    assert not states[-1].is_stable
    assert states[-1].expression is None
    assert states[-1].confidence == 0.0


def test_face_that_cannot_be_read_for_the_whole_window_is_steadily_unclear() -> None:
    state = run([None] * 10)[-1]

    assert state == Steadiness(is_stable=True, expression=None, confidence=0.0)


def test_face_that_mostly_cannot_be_read_is_steadily_unclear() -> None:
    last = run([None, None, None, H] * 4)[-1]

    assert last == Steadiness(is_stable=True, expression=None, confidence=0.0)
    assert not run([None, H] * 8)[-1].is_stable


def test_stray_readable_frame_does_not_end_unclear() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([None] * 10, window)

    states = run([S, None, None, N, None], window, start=10)

    assert all(state.is_stable and state.expression is None for state in states)


def test_readable_face_ends_unclear() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([None] * 10, window)

    assert run([S] * 8, window, start=10)[-1].expression is S


def test_turned_head_keeps_the_last_expression() -> None:
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([H] * 8, window)

    states = [window.observe(None, 1.0 + number / FPS) for number in range(16)]

    assert all(state.expression is H for state in states)


@given(st.integers(0, 10_000), st.sampled_from([H, N, S]))
def test_noise_between_the_shares_makes_no_flicker(seed: int, held: Expression) -> None:
    """Of each two frames one shows the held expression, the other anything."""
    rng = random.Random(seed)
    window = ExpressionWindow(RULES, EXPRESSIONS)
    run([held] * 8, window)
    votes: list[Expression | None] = []
    for _ in range(30):
        group = [held, rng.choice([held, H, N, S, None])]
        rng.shuffle(group)
        votes += group

    states = run(votes, window, start=8)

    assert {(state.is_stable, state.expression) for state in states} == {(True, held)}


@given(st.lists(st.sampled_from([H, N, S, None]), min_size=1, max_size=60))
def test_what_is_stable_was_seen_in_the_window(votes: list[Expression | None]) -> None:
    for number, state in enumerate(run(votes)):
        recent = votes[max(0, number - 8) : number + 1]
        if state.expression is not None:
            assert state.is_stable
            assert recent.count(state.expression) >= RULES.release_share * len(recent)
            assert 0 < state.confidence <= 1
        else:
            assert state.confidence == 0.0
