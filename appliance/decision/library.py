"""The library as choices need it: what does not change from choice to choice, as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from appliance.decision.campaign_table import CampaignTable, Flags, Ints
from appliance.decision.comfort import comfort_of
from appliance.decision.rule import Rule, code_of
from appliance.domain import Clip, ClipKind, DayTime, Expression, Mood, Season, Weather
from appliance.domain.circumplex import mood_at

Number = TypeVar("Number", bound=np.generic)
LEAST_DISTANCE = 0.05
"""From the middle of the plane, under which valence and arousal tell no mood."""
Codes = NDArray[np.int8]
NO_CAMPAIGNS = CampaignTable()
NO_ASSIGNMENTS: Mapping[int, int] = MappingProxyType({})


class Library:
    """Made once when clips or campaigns change; nothing in it changes afterwards."""

    def __init__(
        self,
        clips: Sequence[Clip],
        campaigns: CampaignTable = NO_CAMPAIGNS,
        assignments: Mapping[int, int] = NO_ASSIGNMENTS,
    ) -> None:
        """``assignments``: campaign id by clip id."""
        self.clips = tuple(clips)
        self.campaigns = campaigns
        self.place_of = {clip.id: place for place, clip in enumerate(self.clips)}
        # Even a large library has few sorts of clips, as far as rules go: one of each is looked at.
        self._samples, self._sort_of = _sorts(self.clips)
        samples = self._samples
        self.switched: Codes = self._spread(_switch_code(clip) for clip in samples)
        """Code of the rule against clips that are switched off or not approved."""
        self.is_kind = {
            kind: self._flags(clip.kind is kind for clip in samples) for kind in ClipKind
        }
        self.fits_season = {
            season: self._flags(not clip.seasons or season in clip.seasons for clip in samples)
            for season in Season
        }
        self.fits_weather = {
            weather: self._flags(not clip.weathers or weather in clip.weathers for clip in samples)
            for weather in Weather
        }
        self.fits_day_time = {
            time: self._flags(not clip.day_times or time in clip.day_times for clip in samples)
            for time in DayTime
        }
        self.campaign_rows: Ints = np.array(
            [campaigns.row_of.get(assignments.get(clip.id, 0), -1) for clip in self.clips], np.int64
        )
        """Row of each clip's campaign in ``campaigns``; -1: none."""
        self.has_campaign: Flags = self.campaign_rows >= 0
        self.is_fallback = self.of_campaigns(campaigns.is_fallback, False)
        self.is_spare = self.of_campaigns(campaigns.is_spare, False)
        self.priority = self.of_campaigns(campaigns.priority, 0)

    def _spread(self, values: Iterable[int]) -> Codes:
        """A value of each sort, by clip."""
        return np.array([*values], np.int8)[self._sort_of]

    def _flags(self, values: Iterable[bool]) -> Flags:
        return self._spread(values).astype(np.bool_)

    def of_campaigns(self, values: NDArray[Number], otherwise: float) -> NDArray[Number]:
        """One value of each campaign, by clip; ``otherwise`` for clips without a campaign."""
        return np.append(values, np.array(otherwise, values.dtype))[self.campaign_rows]

    @cached_property
    def moods(self) -> Ints:
        """Number of each clip's mood in the order of ``Mood``; -1: not known.

        Of a clip that was looked through but not named, it is the sector it lies in.
        """
        numbers = {mood: number for number, mood in enumerate(Mood)}
        moods = (_mood_of(clip) for clip in self.clips)
        return np.array([-1 if mood is None else numbers[mood] for mood in moods], np.int64)

    @cached_property
    def target_classes(self) -> dict[Expression, NDArray[np.int8]]:
        """How each clip is meant for an expression: 0 for anybody, 1 for it, 2 for another."""
        return {
            expression: self._spread(_target_class(clip, expression) for clip in self._samples)
            for expression in Expression
        }

    @cached_property
    def comforts(self) -> NDArray[np.int8]:
        """1: a pleasant and calm healing clip, -1: an unpleasant one, 0: neither, or not known."""
        return np.array([comfort_of(clip) for clip in self.clips], np.int8)

    @cached_property
    def tagged(self) -> dict[str, Flags]:
        """By tag, which clips have it."""
        places: dict[str, list[int]] = {}
        for place, clip in enumerate(self.clips):
            for tag in clip.tags:
                places.setdefault(tag, []).append(place)
        flags = {tag: np.zeros(len(self.clips), np.bool_) for tag in places}
        for tag, where in places.items():
            flags[tag][where] = True
        return flags

    def places(self, clip_ids: Iterable[int]) -> list[int]:
        """Where these clips lie; ids that are not in the library are left out."""
        return [self.place_of[clip_id] for clip_id in clip_ids if clip_id in self.place_of]


def _sorts(clips: Iterable[Clip]) -> tuple[list[Clip], Ints]:
    """One clip of each sort that rules and targets tell apart, and the sort of each clip."""
    numbers: dict[tuple[object, ...], int] = {}
    samples: list[Clip] = []
    sort_of: list[int] = []
    for clip in clips:
        number = numbers.setdefault(
            (
                clip.kind,
                clip.enabled,
                clip.approved,
                clip.seasons,
                clip.weathers,
                clip.day_times,
                clip.target_emotions,
            ),
            len(samples),
        )
        if number == len(samples):
            samples.append(clip)
        sort_of.append(number)
    return samples, np.array(sort_of, np.int64)


def _switch_code(clip: Clip) -> int:
    if not clip.enabled:
        return code_of(Rule.DISABLED)
    return 0 if clip.approved else code_of(Rule.UNAPPROVED)


def _mood_of(clip: Clip) -> Mood | None:
    if clip.mood is not None or clip.valence is None or clip.arousal is None:
        return clip.mood
    is_plain = math.hypot(clip.valence, clip.arousal) < LEAST_DISTANCE
    return None if is_plain else mood_at(clip.valence, clip.arousal)


def _target_class(clip: Clip, expression: Expression) -> int:
    if not clip.target_emotions:
        return 0
    return 1 if expression in clip.target_emotions else 2
