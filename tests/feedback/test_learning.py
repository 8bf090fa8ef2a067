"""What a play teaches, and that nothing is counted twice."""

from __future__ import annotations

import pytest

from appliance.domain import Lesson, LessonSource
from appliance.feedback.learning import lesson_of_rating, lesson_of_reaction


def lesson(
    interest: float | None = None, weight: float = 0.0, *, left: bool = False
) -> Lesson | None:
    return lesson_of_reaction(interest, weight, left_early=left, left_early_weight=0.2)


@pytest.mark.parametrize("reward", [0.0, 0.25, 1.0])
def test_an_answer_counts_one(reward: float) -> None:
    assert lesson_of_rating(reward) == Lesson(LessonSource.RATING, reward, 1.0)


def test_a_predicted_interest_counts_with_its_weight() -> None:
    assert lesson(0.7, 0.3) == Lesson(LessonSource.INTEREST, 0.7, 0.3, 0.7)


def test_leaving_early_is_a_weak_dislike() -> None:
    assert lesson(left=True) == Lesson(LessonSource.LEFT_EARLY, 0.0, 0.2)


def test_both_signs_together_weigh_as_much_as_the_heavier_one() -> None:
    found = lesson(0.8, 0.3, left=True)
    assert found is not None
    assert found.source is LessonSource.INTEREST_AND_LEFT_EARLY
    assert found.reward == pytest.approx(0.8 * 0.3 / 0.5)
    assert (found.weight, found.interest) == (0.3, 0.8)
    weak = lesson(0.8, 0.1, left=True)
    assert weak is not None
    assert weak.weight == 0.2


@pytest.mark.parametrize(("interest", "weight"), [(None, 0.4), (0.9, 0.0), (None, 0.0)])
def test_where_nothing_is_predicted_staying_teaches_nothing(
    interest: float | None, weight: float
) -> None:
    assert lesson(interest, weight) is None
    left = lesson(interest, weight, left=True)
    assert left is not None
    assert left.source is LessonSource.LEFT_EARLY


def test_leaving_may_be_made_to_count_nothing() -> None:
    assert lesson_of_reaction(None, 0, left_early=True, left_early_weight=0) is None
