"""A past choice in plain words."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from appliance.decision.eligibility import Rule
from appliance.decision.explain import explain
from appliance.domain import (
    Candidate,
    ClipKind,
    DayTime,
    DecisionContext,
    Expression,
    Lesson,
    LessonSource,
    Posterior,
    Reaction,
    Screen,
    Season,
    Surroundings,
    Taught,
)
from appliance.store.records import PastDecision, PastPlay
from tests.store.history import NOON

DECISION = PastDecision(
    id=1,
    play_id="abc",
    visit_id=4,
    decided_at=NOON,
    is_clock_synced=True,
    context=DecisionContext(
        Screen.SHOW, Expression.SAD, 0.71, 2, Surroundings(Season.SPRING, DayTime.DAY)
    ),
    clip_id=3,
    clip_title="Sea",
    probability=0.314,
    reason="It had the best draw",
    policy="thompson",
    candidates=(
        Candidate(3, "Sea", Posterior(6, 4), 6, None),
        Candidate(4, "Hills", Posterior(2, 2), 1, None, 0.6),
        Candidate(5, "Snow", None, 0, "wrong-season"),
        Candidate(6, "Old", None, 0, "a-rule-of-later"),
    ),
    candidates_omitted=9,
    floor=0.0025,
    taught=Taught(Lesson(LessonSource.RATING, 1.0, 1.0), 0.1),
)
PLAY = PastPlay(
    "abc", 1, 4, Screen.SHOW, 3, "Sea", ClipKind.HEALING, NOON, True, 10.0, True, None, 1
)


def text_of(
    decision: PastDecision = DECISION,
    play: PastPlay | None = PLAY,
    reaction: Reaction | None = None,
) -> str:
    return "\n".join(explain(decision, play, reaction))


def test_the_whole_story() -> None:
    reaction = Reaction("abc", 8, (25.0, 75.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    assert text_of(reaction=reaction) == (
        "Play abc\n"
        "Chosen: 'Sea' (clip 3) at 2026-03-10 12:00:00 for a watcher.\n"
        "Why: It had the best draw.\n"
        "Known then: expression sad with confidence 71%, 2 watchers, spring, day,"
        " weather unknown.\n"
        "The chance that the policy 'thompson' takes this clip there was 31.4%,"
        " of which every eligible clip had 0.25%.\n"
        "Shown: to its end (10.0 s).\n"
        "Answer: liked it.\n"
        "While it played: happiness 75 %, neutral 25 % of 8 s.\n"
        "Learned: from the answer, liked.\n"
        "Clips considered:\n"
        "  3 'Sea': expected to be liked 60% (95%: 30% to 86%);"
        " 6 answers of its own make 60% of that\n"
        "  4 'Hills': expected to be liked 50% (95%: 9% to 91%);"
        " 0.6 answers of its own make 15% of that\n"
        "  5 'Snow': not eligible, it is for another season\n"
        "  6 'Old': not eligible, a-rule-of-later\n"
        "  and 9 more"
    )


def test_a_clip_that_never_began_to_play() -> None:
    text = text_of(play=None)
    assert "Shown: no" in text
    assert "Answer" not in text


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"is_completed": False, "shown_s": 3.2}, "Shown: 3.2 s are proved"),
        ({"error": "stalled", "shown_s": 1}, "Shown: 1.0 s, then it failed (stalled)"),
        ({"rating": 0}, "Answer: did not like it."),
        ({"rating": None}, "Answer: none."),
        ({"stars": 4}, "Answer: liked it (4 of 5)."),
        ({"rating": None, "stars": 3}, "Answer: neither (3 of 5)."),
        ({"seen_before": True}, "Answer: liked it; had seen it before."),
        (
            {"rating": 0, "stars": 1, "seen_before": False},
            "Answer: did not like it (1 of 5); saw it for the first time.",
        ),
    ],
)
def test_how_it_went(changes: dict[str, Any], line: str) -> None:
    assert line in text_of(play=dataclasses.replace(PLAY, **changes))


@pytest.mark.parametrize(
    ("lesson", "line"),
    [
        (None, "nothing"),
        (Lesson(LessonSource.RATING, 0, 1), "from the answer, not liked"),
        (
            Lesson(LessonSource.INTEREST, 0.62, 0.3, 0.62),
            "from a predicted interest of 62%, with the weight of 0.3 answers",
        ),
        (
            Lesson(LessonSource.LEFT_EARLY, 0, 0.2),
            "not liked, for the watcher left before its end, with the weight of 0.2 answers",
        ),
        (
            Lesson(LessonSource.INTEREST_AND_LEFT_EARLY, 0.372, 0.3, 0.62),
            "liked 37%, from a predicted interest of 62% and because the watcher left before its"
            " end, with the weight of 0.3 answers",
        ),
    ],
)
def test_what_was_learned_is_said_plainly(lesson: Lesson | None, line: str) -> None:
    taught = Taught(lesson, 0.0) if lesson else None
    text = text_of(dataclasses.replace(DECISION, taught=taught))
    assert f"Learned: {line}." in text.splitlines()


def test_the_loop_that_asks_nobody_does_not_speak_of_learning() -> None:
    context = dataclasses.replace(DECISION.context, screen=Screen.HEALING)
    assert "Learned" not in text_of(dataclasses.replace(DECISION, context=context, taught=None))


def test_an_unread_expression_is_said() -> None:
    context = dataclasses.replace(DECISION.context, expression=None, watchers=1)
    text = text_of(dataclasses.replace(DECISION, context=context))
    assert "could not tell the expression (treated like neutral), 1 watcher," in text


def test_the_loop_needs_nobody() -> None:
    context = dataclasses.replace(DECISION.context, screen=Screen.HEALING)
    text = text_of(dataclasses.replace(DECISION, context=context))
    assert "for the healing loop" in text
    assert "watcher" not in text


def test_an_unset_clock_is_said() -> None:
    assert "(clock not set then)" in text_of(dataclasses.replace(DECISION, is_clock_synced=False))


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_its_words(rule: Rule) -> None:
    candidate = Candidate(9, "X", None, 0, rule.value)
    decision = dataclasses.replace(DECISION, candidates=(candidate,), candidates_omitted=0)
    assert rule.value not in text_of(decision).splitlines()[-1]
