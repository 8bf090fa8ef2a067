"""Thompson sampling over the eligible clips, with a stated prior."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from appliance.decision.library import Library
from appliance.decision.policy import (
    MAX_CANDIDATES,
    Beliefs,
    DrawSettings,
    PriorSettings,
    choose,
)
from appliance.domain import (
    Clip,
    ClipKind,
    DayTime,
    Decision,
    DecisionContext,
    Expression,
    Score,
    Scores,
    Screen,
    Season,
    Surroundings,
)
from appliance.errors import DecisionError
from tests.factories import a_clip

HAPPY, NEUTRAL, SAD = Expression.HAPPY, Expression.NEUTRAL, Expression.SAD
PRIOR = PriorSettings()


def chosen(
    *clips: Clip,
    expression: Expression | None = HAPPY,
    screen: Screen = Screen.SHOW,
    scores: Scores | None = None,
    seed: int = 1,
    **more: Any,
) -> Decision:
    surroundings = Surroundings(Season.SPRING, DayTime.DAY)
    values: dict[str, Any] = {
        "recent": (),
        "missing": frozenset(),
        "allowed_kinds": frozenset(ClipKind),
        "prior": PRIOR,
        "rng": np.random.default_rng(seed),
    }
    context = DecisionContext(screen, expression, 0.8, 1, surroundings)
    return choose(clips, context, scores or {}, **(values | more))


def believed(*clips: Clip, scores: Scores | None = None) -> Beliefs:
    return Beliefs(Library(clips), scores or {}, PRIOR)


def test_the_prior_is_what_it_says() -> None:
    targeted, anybody = a_clip(1, target_emotions=(HAPPY,)), a_clip(2)
    beliefs = believed(targeted, anybody)
    for expression, mean in ((HAPPY, 0.5), (SAD, 0.3), (NEUTRAL, 0.3), (None, 0.3)):
        posterior = beliefs.posterior(targeted, expression)
        assert posterior.mean == pytest.approx(mean, abs=1e-4)
        assert posterior.alpha + posterior.beta == pytest.approx(PRIOR.strength, abs=1e-3)
    assert beliefs.posterior(anybody, SAD).mean == pytest.approx(0.4)


def test_answers_are_added_to_the_prior() -> None:
    clip = a_clip(1)
    beliefs = believed(clip, scores={(1, SAD): Score(3, 1)})
    posterior, before = beliefs.posterior(clip, SAD), believed(clip).posterior(clip, SAD)
    own = beliefs.answers(clip, SAD)
    assert own == Score(3, 1)
    assert posterior.alpha > before.alpha + 2.5
    assert 0.5 < posterior.mean < 0.75


def test_an_abstained_watcher_is_treated_like_a_neutral_one() -> None:
    clips = (a_clip(1, target_emotions=(NEUTRAL,)), a_clip(2, target_emotions=(HAPPY,)))
    scores: Scores = {(1, NEUTRAL): Score(2, 9), (2, HAPPY): Score(50, 0)}
    beliefs = believed(*clips, scores=scores)
    for clip in clips:
        assert beliefs.posterior(clip, None) == beliefs.posterior(clip, NEUTRAL)
    abstained, neutral = (chosen(*clips, expression=e, scores=scores) for e in (None, NEUTRAL))
    assert abstained.clip == neutral.clip
    assert abstained.probability == neutral.probability


def test_what_was_answered_while_abstaining_never_counts_as_neutral() -> None:
    clip, other = a_clip(1), a_clip(2)
    scores: Scores = {(1, None): Score(5, 1), (1, NEUTRAL): Score(1, 1)}
    beliefs, without = (
        believed(clip, other, scores=scores),
        believed(clip, other, scores={(1, NEUTRAL): Score(1, 1)}),
    )
    assert beliefs.answers(clip, NEUTRAL) == Score(1, 1)
    assert beliefs.answers(clip, None) == Score(6, 2)
    for each in (clip, other):
        for expression in Expression:
            assert beliefs.posterior(each, expression) == without.posterior(each, expression)


def test_the_liked_clip_wins_under_its_expression_only() -> None:
    clips = (a_clip(1), a_clip(2))
    scores: Scores = {(1, HAPPY): Score(95, 5), (1, SAD): Score(5, 95)}
    wins = {
        expression: Counter(
            chosen(*clips, expression=expression, scores=scores, seed=seed).clip.id
            for seed in range(200)
        )
        for expression in (HAPPY, SAD)
    }
    assert wins[HAPPY][1] > 180
    assert wins[SAD][1] < 20


def test_the_stated_chance_is_how_often_a_clip_is_chosen() -> None:
    clips = (a_clip(1, target_emotions=(HAPPY,)), a_clip(2), a_clip(3, target_emotions=(SAD,)))
    scores: Scores = {(2, HAPPY): Score(3, 1)}
    rng = np.random.default_rng(5)
    decisions = [chosen(*clips, scores=scores, rng=rng) for _ in range(1500)]
    stated = {decision.clip.id: decision.probability for decision in decisions}
    assert sum(stated.values()) == pytest.approx(1, abs=0.005)
    counts = Counter(decision.clip.id for decision in decisions)
    for clip in clips:
        assert counts[clip.id] / 1500 == pytest.approx(stated[clip.id], abs=0.055)


def test_every_clip_keeps_the_floor_and_the_reason_says_when_it_was_its_turn() -> None:
    clips = (a_clip(1, title="Sea"), a_clip(2, title="Hills"))
    scores: Scores = {(1, HAPPY): Score(900, 100), (2, HAPPY): Score(10, 990)}
    rng = np.random.default_rng(2)
    draws = DrawSettings(floor=0.2)
    decisions = [chosen(*clips, scores=scores, rng=rng, draws=draws) for _ in range(400)]
    hopeless = [decision for decision in decisions if decision.clip.id == 2]
    assert len(hopeless) / 400 == pytest.approx(0.1, abs=0.05)
    assert [each.probability for each in hopeless] == pytest.approx([0.1] * len(hopeless), abs=1e-6)
    assert {decision.floor for decision in decisions} == {0.1}
    assert "'Hills' had the turn that falls evenly on all 2 eligible clips" in hopeless[0].reason
    off = chosen(*clips, scores=scores, draws=draws, missing=frozenset({2}))
    assert (off.floor, off.probability) == (0.2, pytest.approx(1))


def test_more_optimism_tries_the_lesser_known_more_often() -> None:
    clips = (a_clip(1), a_clip(2))
    scores: Scores = {(1, HAPPY): Score(140, 60), (2, HAPPY): Score(3, 3)}
    tried = {
        optimism: sum(
            chosen(*clips, scores=scores, seed=seed, draws=DrawSettings(optimism, 0.5, 0)).clip.id
            == 2
            for seed in range(60)
        )
        for optimism in (0.5, 1.5)
    }
    assert 2 * tried[0.5] < tried[1.5]


def test_the_same_seed_chooses_the_same() -> None:
    clips = [a_clip(number) for number in range(1, 30)]
    assert chosen(*clips, seed=3) == chosen(*clips, seed=3)


def test_candidates_tell_what_spoke_for_and_against_each() -> None:
    off = a_clip(3, enabled=False)
    decision = chosen(a_clip(1), a_clip(2), off, scores={(1, HAPPY): Score(2, 1)})
    first, second, third = decision.candidates
    assert first.clip_id == decision.clip.id
    assert {first.clip_id, second.clip_id} == {1, 2}
    ratings = {candidate.clip_id: candidate.ratings for candidate in decision.candidates}
    assert ratings == {1: 3, 2: 0, 3: 0}
    own = {candidate.clip_id: candidate.own_answers for candidate in decision.candidates}
    assert own == {1: 3, 2: 0, 3: None}
    assert (third.clip_id, third.rejected_by, third.posterior) == (3, "disabled", None)


def test_a_large_library_keeps_the_chosen_and_the_likeliest_and_counts_the_rest() -> None:
    clips = [a_clip(number) for number in range(1, 121)]
    scores: Scores = {(120, HAPPY): Score(30, 10), (119, HAPPY): Score(20, 10)}
    decision = chosen(*clips, scores=scores)
    assert len(decision.candidates) == MAX_CANDIDATES
    assert decision.candidates_omitted == 70
    assert decision.candidates[0].clip_id == decision.clip.id
    assert {119, 120} <= {candidate.clip_id for candidate in decision.candidates[:3]}


def test_the_reason_is_a_sentence_about_the_choice() -> None:
    decision = chosen(a_clip(1, title="Sea"), a_clip(2, title="Sea"), expression=SAD)
    assert decision.reason == (
        "For a sad face: 'Sea' had the best draw of 2 eligible clips"
        " (chance 50%; nobody has answered about it yet)"
    )
    lone = chosen(a_clip(1, title="Sea"), expression=None)
    assert lone.reason == "For an unread expression: only 'Sea' was eligible"
    assert lone.probability == 1.0


def test_the_reason_says_how_it_was_liked() -> None:
    scores: Scores = {(1, HAPPY): Score(900, 100)}
    assert "900 of 1000 liked it" in chosen(a_clip(1), a_clip(2), scores=scores, seed=4).reason


def test_the_loop_says_when_no_clip_fits_its_surroundings() -> None:
    winter = a_clip(1, kind=ClipKind.HEALING, seasons=(Season.WINTER,))
    decision = chosen(winter, screen=Screen.HEALING, expression=None)
    assert decision.clip == winter
    assert decision.reason.startswith(
        "For the loop (spring, day), though no clip fits these surroundings:"
    )


def test_nothing_eligible_says_which_rules_spoke() -> None:
    clips = (
        a_clip(1, enabled=False),
        a_clip(2, enabled=False),
        a_clip(3, seasons=(Season.WINTER,)),
    )
    with pytest.raises(DecisionError, match=r"disabled: 2, wrong-season: 1.*clip list"):
        chosen(*clips)


def test_an_empty_library_says_how_to_fill_it() -> None:
    with pytest.raises(DecisionError, match="appliance clip add"):
        chosen()
