"""A unit's day without the unit: stated opportunities, the real choice, counted plays."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from appliance.decision.campaign_table import CampaignCounts, CampaignTable
from appliance.decision.eligibility import CampaignMoment
from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, PriorSettings, choose
from appliance.domain import (
    Campaign,
    Clip,
    ClipKind,
    DayTime,
    DecisionContext,
    Expression,
    Screen,
    Season,
    Surroundings,
)
from appliance.errors import DecisionError

AROUND = Surroundings(Season.SPRING, DayTime.DAY)
BOTH = frozenset(ClipKind)


@dataclass
class Day:
    """What came of it."""

    opportunities: int = 0
    plays: Counter[int] = field(default_factory=Counter)
    """By campaign id; 0 for clips without one."""
    shown_s: Counter[tuple[int, dt.datetime]] = field(default_factory=Counter)
    """By campaign id and hour."""
    moments: dict[int, list[dt.datetime]] = field(default_factory=dict)
    nothing: int = 0
    """Opportunities at which no clip might be shown."""

    def shortfall(self, campaign: Campaign) -> int:
        """Promised plays that there was no opportunity for."""
        return max(0, (campaign.target_plays or 0) - self.plays[campaign.id])


def arrivals(
    first: dt.datetime, last: dt.datetime, per_hour: float, seed: int = 1
) -> Iterator[tuple[dt.datetime, Screen]]:
    """Visits at random moments, at a mean rate."""
    rng = np.random.default_rng(seed)
    now = first
    while per_hour > 0:
        now += dt.timedelta(hours=float(rng.exponential(1 / per_hour)))
        if now >= last:
            return
        yield now, Screen.SHOW


def loop_of(
    first: dt.datetime, last: dt.datetime, clip_s: float
) -> Iterator[tuple[dt.datetime, Screen]]:
    """The healing loop, one clip after the other."""
    now = first
    while now < last:
        yield now, Screen.HEALING
        now += dt.timedelta(seconds=clip_s)


def simulate(
    clips: Sequence[Clip],
    campaigns: Sequence[Campaign],
    assignments: dict[int, int],
    opportunities: Sequence[tuple[dt.datetime, Screen]],
    *,
    proof_from: dt.datetime | None = None,
) -> Day:
    """Choose at each opportunity. Before ``proof_from`` the panel proves nothing."""
    library = Library(clips, CampaignTable(campaigns), assignments)
    beliefs, rng, day = Beliefs(library, {}, PriorSettings()), np.random.default_rng(2), Day()
    recent: tuple[int, ...] = ()
    chosen: list[tuple[dt.datetime, int, float]] = []
    for now, screen in opportunities:
        day.opportunities += 1
        is_loop = screen is Screen.HEALING
        expression = None if is_loop else Expression.HAPPY
        try:
            decision = choose(
                library,
                DecisionContext(screen, expression, 0.8, 1, AROUND),
                beliefs,
                recent=recent,
                missing=frozenset(),
                allowed_kinds=frozenset({ClipKind.HEALING}) if is_loop else BOTH,
                sponsored_kinds=frozenset({ClipKind.AD}),
                prior=PriorSettings(),
                rng=rng,
                moment=CampaignMoment(now, True, _counts(chosen, now, day, proof_from)),
            )
        except DecisionError:
            day.nothing += 1
            continue
        recent = (decision.clip.id,)
        campaign_id = decision.campaign_id or 0
        day.plays[campaign_id] += 1
        day.moments.setdefault(campaign_id, []).append(now)
        day.shown_s[campaign_id, _full_hour(now)] += decision.clip.duration_s
        if campaign_id:
            chosen.append((now, campaign_id, decision.clip.duration_s))
    return day


def _counts(
    chosen: list[tuple[dt.datetime, int, float]],
    now: dt.datetime,
    day: Day,
    proof_from: dt.datetime | None,
) -> CampaignCounts:
    plays: Counter[int] = Counter()
    unproved: Counter[int] = Counter()
    for when, campaign_id, _ in reversed(chosen):
        if now - when >= dt.timedelta(hours=1):
            break
        plays[campaign_id] += 1
        unproved[campaign_id] += proof_from is not None and when < proof_from
    shown = {
        campaign_id: seconds
        for (campaign_id, hour), seconds in day.shown_s.items()
        if hour == _full_hour(now)
    }
    return CampaignCounts(plays, shown, day.plays, unproved)


def _full_hour(now: dt.datetime) -> dt.datetime:
    return now.replace(minute=0, second=0, microsecond=0)
