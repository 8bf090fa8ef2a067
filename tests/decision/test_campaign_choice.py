"""Who wins when campaigns, the operator's rules and learning all have a say."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import pytest

from appliance.decision.campaign_table import CampaignCounts, CampaignTable
from appliance.decision.eligibility import CampaignMoment, Restriction
from appliance.decision.library import Library
from appliance.decision.policy import PriorSettings, choose
from appliance.domain import (
    Campaign,
    Clip,
    ClipKind,
    DayTime,
    Decision,
    DecisionContext,
    Expression,
    Screen,
    Season,
    Surroundings,
)
from appliance.errors import DecisionError
from tests.factories import a_campaign, a_clip

NOW = dt.datetime(2026, 4, 8, 12, 30, tzinfo=dt.UTC)
CALM = Restriction("quiet hours", "calm")


def chosen(
    clips: dict[Clip, Campaign | None],
    screen: Screen = Screen.SHOW,
    counts: CampaignCounts | None = None,
    seed: int = 1,
    **more: Any,
) -> Decision:
    """``clips``: each with its campaign."""
    campaigns = tuple({each.id: each for each in clips.values() if each}.values())
    assignments = {clip.id: each.id for clip, each in clips.items() if each}
    values: dict[str, Any] = {
        "recent": (),
        "missing": frozenset(),
        "allowed_kinds": frozenset(ClipKind),
        "prior": PriorSettings(),
        "rng": np.random.default_rng(seed),
        "moment": CampaignMoment(NOW, True, counts or CampaignCounts()),
    }
    expression = Expression.SAD if screen is Screen.SHOW else None
    context = DecisionContext(screen, expression, 0.8, 1, Surroundings(Season.SPRING, DayTime.DAY))
    library = Library(tuple(clips), CampaignTable(campaigns), assignments)
    return choose(library, context, {}, **(values | more))


def against(decision: Decision) -> dict[int, str | None]:
    return {candidate.clip_id: candidate.rejected_by for candidate in decision.candidates}


def test_a_campaign_that_is_due_goes_before_clips_without_one() -> None:
    due = a_campaign(1, name="Spring", share_s_per_hour=60.0)
    for seed in range(10):
        decision = chosen({a_clip(1): None, a_clip(2): due, a_clip(3): None}, seed=seed)
        assert (decision.clip.id, decision.campaign_id, decision.probability) == (2, 1, 1.0)
    assert against(decision) == {2: None, 1: "another-campaign-due", 3: "another-campaign-due"}
    assert decision.reason == (
        "For a sad face; campaign 'Spring' is due (50.0% behind its plan):"
        " only 'Clip 2' was eligible"
    )


def test_a_campaign_ahead_of_its_plan_waits() -> None:
    ahead = a_campaign(1, share_s_per_hour=60.0)
    counts = CampaignCounts(shown_s_this_hour={1: 30.0})
    decision = chosen({a_clip(1): None, a_clip(2): ahead}, counts=counts)
    assert (decision.clip.id, decision.campaign_id) == (1, None)
    assert against(decision)[2] == "ahead-of-plan"


def test_the_campaign_furthest_behind_goes_first() -> None:
    one, two = (a_campaign(number, share_s_per_hour=60.0) for number in (1, 2))
    for shown, winner in (({1: 10.0}, 2), ({2: 10.0}, 1)):
        counts = CampaignCounts(shown_s_this_hour=shown)
        assert chosen({a_clip(1): one, a_clip(2): two}, counts=counts).clip.id == winner


def test_priority_goes_before_pacing() -> None:
    urgent, due = a_campaign(1, priority=3), a_campaign(2, share_s_per_hour=600.0)
    decision = chosen({a_clip(1): urgent, a_clip(2): due, a_clip(3): None})
    assert decision.clip.id == 1
    assert against(decision) == {1: None, 2: "lower-priority", 3: "lower-priority"}


def test_a_campaign_without_a_promise_competes_like_any_clip() -> None:
    wins = Counter(
        chosen({a_clip(1): None, a_clip(2): a_campaign(1)}, seed=seed).clip.id
        for seed in range(200)
    )
    assert min(wins[1], wins[2]) > 60


def test_within_a_campaign_the_stated_chance_is_how_often_a_clip_is_chosen() -> None:
    due = a_campaign(1, share_s_per_hour=60.0)
    meant = a_clip(1, target_emotions=(Expression.SAD,))
    clips = {meant: due, a_clip(2): due, a_clip(3): None}
    rng = np.random.default_rng(4)
    decisions = [chosen(clips, rng=rng) for _ in range(1500)]
    stated = {decision.clip.id: decision.probability for decision in decisions}
    assert set(stated) == {1, 2}
    assert sum(stated.values()) == pytest.approx(1, abs=2e-3)
    counts = Counter(decision.clip.id for decision in decisions)
    assert counts[1] / 1500 == pytest.approx(stated[1], abs=0.055)


def test_the_fallback_plays_when_nothing_else_may_and_only_then() -> None:
    fallback = a_campaign(9, is_fallback=True, ends_on=dt.date(2020, 1, 1))
    over = a_campaign(1, ends_on=dt.date(2026, 4, 1))
    clips = {a_clip(1): over, a_clip(2, seasons=(Season.WINTER,)): fallback}
    decision = chosen(clips, recent=(2,))
    assert decision.clip.id == 2
    assert "nothing else may play, so the fallback does" in decision.reason
    decision = chosen({**clips, a_clip(3): None}, recent=(3,))
    assert decision.clip.id == 3
    assert against(decision)[2] == "kept-as-fallback"


def test_a_paused_fallback_and_one_without_its_file_do_not_play() -> None:
    for fallback, missing in (
        (a_campaign(9, is_fallback=True, enabled=False), frozenset()),
        (a_campaign(9, is_fallback=True), frozenset({2})),
    ):
        with pytest.raises(DecisionError):
            chosen({a_clip(2): fallback}, missing=missing)


def test_ads_enter_the_loop_only_as_sponsors_and_only_with_a_campaign() -> None:
    healing = a_clip(1, kind=ClipKind.HEALING)
    clips = {healing: None, a_clip(2): a_campaign(1, share_s_per_hour=60.0), a_clip(3): None}
    loop = {"screen": Screen.HEALING, "allowed_kinds": frozenset({ClipKind.HEALING})}
    decision = chosen(clips, **loop)
    assert decision.clip == healing
    sponsored = chosen(clips, sponsored_kinds=frozenset({ClipKind.AD}), **loop)
    assert sponsored.clip.id == 2
    assert against(sponsored)[3] == "kind-not-allowed"


def test_without_a_moment_no_clip_of_a_campaign_plays() -> None:
    decision = chosen({a_clip(1): None, a_clip(2): a_campaign(1)}, moment=None)
    assert decision.clip.id == 1
    assert against(decision)[2] == "campaign-paused"


def test_an_unset_clock_leaves_the_undated() -> None:
    dated = a_campaign(1, starts_on=dt.date(2026, 1, 1), share_s_per_hour=900.0)
    moment = CampaignMoment(NOW, False, CampaignCounts())
    decision = chosen({a_clip(1): None, a_clip(2): dated}, moment=moment)
    assert decision.clip.id == 1
    assert against(decision)[2] == "clock-not-set"


def test_a_restriction_keeps_to_its_tag_and_says_so() -> None:
    clips = {a_clip(1): None, a_clip(2, tags=("sea", "calm")): None, a_clip(3): None}
    decision = chosen(clips, restrictions=(CALM,))
    assert decision.clip.id == 2
    assert against(decision) == {2: None, 1: "operator-rule", 3: "operator-rule"}
    assert "rule 'quiet hours' keeps to clips tagged calm" in decision.reason


@pytest.mark.parametrize("screen", [Screen.SHOW, Screen.HEALING])
def test_a_restriction_that_leaves_nothing_is_ignored_and_said(screen: Screen) -> None:
    off = a_clip(2, tags=("calm",), enabled=False)
    decision = chosen({a_clip(1): None, off: None}, screen, restrictions=(CALM,))
    assert decision.clip.id == 1
    assert "no clip tagged calm may play" in decision.reason


def test_the_just_played_clip_of_a_due_campaign_rests_once() -> None:
    due = a_campaign(1, share_s_per_hour=60.0)
    assert chosen({a_clip(1): None, a_clip(2): due}, recent=(2,)).clip.id == 1
