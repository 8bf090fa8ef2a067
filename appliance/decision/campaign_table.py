"""How every campaign stands at a moment: which may play, and how far each is behind its plan.

What does not change from choice to choice lies in arrays, so that ten thousand campaigns are
judged at once. Nothing here is drawn at random.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from appliance.decision.dayparts import WeekPattern
from appliance.decision.rule import Rule, code_of, rule_of
from appliance.domain import Campaign

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MAX_UNPROVED = 3
"""Choices of the last hour without proof of play after which a campaign rests."""

_FAR_PAST = 0
_FAR_FUTURE = dt.date.max.toordinal()


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """What was chosen so far, by campaign id; one that is not there has nothing.

    A choice counts from the moment it was made, proved or not, unless the unit itself took it
    back: missing proof of play can only lower a campaign's rate.
    """

    plays_last_hour: Mapping[int, int] = field(default_factory=dict)
    shown_s_this_hour: Mapping[int, float] = field(default_factory=dict)
    """Since the wall clock's last full hour; without proof the clip's whole length."""
    plays: Mapping[int, int] = field(default_factory=dict)
    """Since the campaign began."""
    unproved_last_hour: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CampaignState:
    """One campaign as it stands now, for people."""

    campaign: Campaign
    plays_last_hour: int
    shown_s_this_hour: float
    plays: int
    planned_plays: float | None
    """By now; None: no target."""
    planned_s_this_hour: float | None
    """By now; None: no share promised."""
    rule: Rule | None
    """What speaks against its clips now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All campaigns at one moment, in the table's order."""

    codes: NDArray[np.int8]
    """Rule against each (``rule.code_of``), 0 for none."""
    deficit: Floats
    """Share of its promise that a campaign is behind by; not above 0: ahead, or no promise."""
    planned_plays: Floats
    planned_s: Floats


class CampaignTable:
    """Made once when the campaigns change."""

    def __init__(self, campaigns: Sequence[Campaign] = ()) -> None:
        self.campaigns = tuple(campaigns)
        self.row_of = {campaign.id: row for row, campaign in enumerate(self.campaigns)}
        self.priority: Ints = np.array([each.priority for each in campaigns], np.int64)
        self.is_fallback: Flags = np.array([each.is_fallback for each in campaigns], np.bool_)
        self._enabled: Flags = np.array([each.enabled for each in campaigns], np.bool_)
        self.is_spare: Flags = self.is_fallback & self._enabled
        self._starts: Ints = np.array(
            [each.starts_on.toordinal() if each.starts_on else _FAR_PAST for each in campaigns],
            np.int64,
        )
        self._ends: Ints = np.array(
            [each.ends_on.toordinal() if each.ends_on else _FAR_FUTURE for each in campaigns],
            np.int64,
        )
        self._is_dated: Flags = np.array(
            [bool(each.starts_on or each.ends_on or each.dayparts) for each in campaigns], np.bool_
        )
        self._cap = _numbers([each.max_plays_per_hour for each in campaigns])
        self._target = _numbers([each.target_plays for each in campaigns])
        self._share_s = _numbers([each.share_s_per_hour for each in campaigns])
        self.is_paced: Flags = np.isfinite(self._target) | np.isfinite(self._share_s)
        known: dict[tuple[object, ...], int] = {}
        self._pattern_of: Ints = np.array(
            [known.setdefault(each.dayparts, len(known)) for each in campaigns], np.int64
        )
        self._patterns = [WeekPattern(dayparts) for dayparts in known]  # type: ignore[arg-type]
        self._cumulated = np.array(
            [np.concatenate(([0], np.cumsum(each.day_totals_min))) for each in self._patterns],
            np.float64,
        ).reshape(-1, 8)
        self._total_min = self._full_days_min(self._starts, self._ends)

    def standing(self, counts: CampaignCounts, now: dt.datetime, *, is_clock_set: bool) -> Standing:
        """``now`` is aware and local; with an unset clock nothing that is dated plays."""
        if not self.campaigns:
            none = np.zeros(0)
            return Standing(np.zeros(0, np.int8), none, none, none)
        today = now.date().toordinal()
        from_yesterday = (self._starts <= today - 1) & (today - 1 <= self._ends)
        from_today = (self._starts <= today) & (today <= self._ends)
        plays = self._aligned(counts.plays)
        planned = self._planned_plays(now, today, from_yesterday, from_today)
        planned_s = self._planned_s(now, from_yesterday, from_today)
        deficit = self._deficit(planned, plays, planned_s, counts)
        opened = self._open(now)
        is_open = (opened[:, 0] & from_yesterday) | (opened[:, 1] & from_today)
        # Asked from the last rule to the first, so that the first to speak is the one that stays.
        codes = np.zeros(len(self.campaigns), np.int8)
        for rule, speaks in (
            (Rule.AHEAD_OF_PLAN, self.is_paced & (deficit <= 0)),
            (Rule.PROOF_MISSING, self._aligned(counts.unproved_last_hour) >= MAX_UNPROVED),
            (Rule.HOURLY_CAP, self._aligned(counts.plays_last_hour) >= _or_infinity(self._cap)),
            (Rule.TARGET_REACHED, plays >= _or_infinity(self._target)),
            (Rule.OUTSIDE_DAYPARTS, ~is_open),
            (Rule.OUTSIDE_DATES, ~is_open & ~from_yesterday & ~from_today),
            (Rule.OUTSIDE_DATES, ~is_open & (today > self._ends)),
            (Rule.CLOCK_NOT_SET, self._is_dated & (not is_clock_set)),
            (Rule.CAMPAIGN_PAUSED, ~self._enabled),
        ):
            codes[speaks] = code_of(rule)
        return Standing(codes, deficit, planned, planned_s)

    def _deficit(
        self, planned: Floats, plays: Floats, planned_s: Floats, counts: CampaignCounts
    ) -> Floats:
        shown_s = self._aligned(counts.shown_s_this_hour)
        behind_target = np.where(np.isfinite(self._target), (planned - plays) / self._target, 0.0)
        behind_share = np.where(
            np.isfinite(self._share_s), (planned_s - shown_s) / self._share_s, 0.0
        )
        both = np.isfinite(self._target) & np.isfinite(self._share_s)
        larger: Floats = np.maximum(behind_target, behind_share)
        deficit: Floats = np.where(both, larger, behind_target + behind_share)
        return deficit

    def _open(self, now: dt.datetime) -> Flags:
        """Whether a window of yesterday, of today is open; shape (campaigns, 2)."""
        return np.array([each.started_on(now) for each in self._patterns])[self._pattern_of]

    def _planned_plays(
        self, now: dt.datetime, today: int, from_yesterday: Flags, from_today: Flags
    ) -> Floats:
        """The target times the part of the campaign's windows that has gone by."""
        gone = np.array([each.gone_min(now) for each in self._patterns])[self._pattern_of]
        # Windows that started before yesterday are over, wherever midnight fell in them.
        before = self._full_days_min(self._starts, np.minimum(self._ends, today - 2))
        gone_min = before + gone[:, 0] * from_yesterday + gone[:, 1] * from_today
        total_min = np.maximum(self._total_min, 1.0)
        return np.where(
            np.isfinite(self._target), _or_zero(self._target) * gone_min / total_min, 0.0
        )

    def _planned_s(self, now: dt.datetime, from_yesterday: Flags, from_today: Flags) -> Floats:
        """The promised seconds times the part of this hour that lay in the windows."""
        gone = np.array([each.gone_this_hour_min(now) for each in self._patterns])
        gone = gone[self._pattern_of]
        gone_min = gone[:, 0] * from_yesterday + gone[:, 1] * from_today
        planned_s: Floats = _or_zero(self._share_s) * gone_min / 60
        return planned_s

    def _full_days_min(self, first: Ints, last: Ints) -> Floats:
        """Minutes of all windows that start on the days from ``first`` to ``last``, included."""
        if not self._patterns:
            return np.zeros(0)
        # Day 1 of the proleptic calendar was a Monday.
        return np.maximum(self._up_to(last) - self._up_to(first - 1), 0.0)

    def _up_to(self, day: Ints) -> Floats:
        cumulated = self._cumulated[self._pattern_of]
        rows = np.arange(len(day))
        total: Floats = (day // 7) * cumulated[:, 7] + cumulated[rows, day % 7]
        return total

    def _aligned(self, by_id: Mapping[int, float]) -> Floats:
        values = np.zeros(len(self.campaigns))
        row_of = self.row_of
        for campaign_id, value in by_id.items():
            row = row_of.get(campaign_id)
            if row is not None:
                values[row] = value
        return values

    def states(
        self, counts: CampaignCounts, now: dt.datetime, *, is_clock_set: bool
    ) -> tuple[CampaignState, ...]:
        """Every campaign as it stands, for people; not for the choice itself."""
        standing = self.standing(counts, now, is_clock_set=is_clock_set)
        return tuple(
            CampaignState(
                campaign=each,
                plays_last_hour=counts.plays_last_hour.get(each.id, 0),
                shown_s_this_hour=counts.shown_s_this_hour.get(each.id, 0.0),
                plays=counts.plays.get(each.id, 0),
                planned_plays=float(standing.planned_plays[row]) if each.target_plays else None,
                planned_s_this_hour=(
                    float(standing.planned_s[row]) if each.share_s_per_hour else None
                ),
                rule=rule_of(int(standing.codes[row])),
            )
            for row, each in enumerate(self.campaigns)
        )


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _or_infinity(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.inf)


def _or_zero(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)
