"""Which clips may be chosen at all, and the name of the rule that speaks against each other one."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain import Clip, ClipKind, Screen, Surroundings


class Rule(StrEnum):
    """What can speak against a clip, in the order in which the rules are asked."""

    DISABLED = "disabled"
    UNAPPROVED = "unapproved"
    KIND_NOT_ALLOWED = "kind-not-allowed"
    FILE_MISSING = "file-missing"
    WRONG_SEASON = "wrong-season"
    WRONG_WEATHER = "wrong-weather"
    WRONG_TIME_OF_DAY = "wrong-time-of-day"
    JUST_PLAYED = "just-played"


@dataclass(frozen=True, slots=True)
class Sifted:
    """The library as one choice sees it."""

    eligible: tuple[Clip, ...]
    rejected: tuple[tuple[Clip, Rule], ...]
    ignores_surroundings: bool = False
    """Nothing fitted the season, weather and time of day, so they were left out of account."""


def sift(
    clips: Sequence[Clip],
    screen: Screen,
    surroundings: Surroundings,
    *,
    recent: Sequence[int] = (),
    missing: Set[int] = frozenset(),
    allowed_kinds: Set[ClipKind] = frozenset(ClipKind),
) -> Sifted:
    """Part the clips into eligible and rejected ones; ``eligible`` may be empty.

    ``recent``: ids of the clips just played, which rest while another clip is eligible.
    ``missing``: ids of clips whose file is gone or failed to play just now. A clip that names
    no season (weather, time of day) fits any. The healing loop must go on, so where nothing
    fits the surroundings they count for nothing there.
    """
    usable, rejected = _part(clips, lambda clip: _hard_rule(clip, missing, allowed_kinds))
    fitting, unfitting = _part(usable, lambda clip: _surroundings_rule(clip, surroundings))
    ignores_surroundings = not fitting and bool(usable) and screen is Screen.HEALING
    if ignores_surroundings:
        fitting, unfitting = usable, []
    fresh, resting = _part(fitting, lambda clip: Rule.JUST_PLAYED if clip.id in recent else None)
    if not fresh:
        fresh, resting = fitting, []
    return Sifted(tuple(fresh), (*rejected, *unfitting, *resting), ignores_surroundings)


def _part(
    clips: Sequence[Clip], rule_of: Callable[[Clip], Rule | None]
) -> tuple[list[Clip], list[tuple[Clip, Rule]]]:
    passed: list[Clip] = []
    stopped: list[tuple[Clip, Rule]] = []
    for clip in clips:
        rule = rule_of(clip)
        if rule is None:
            passed.append(clip)
        else:
            stopped.append((clip, rule))
    return passed, stopped


def _hard_rule(clip: Clip, missing: Set[int], allowed_kinds: Set[ClipKind]) -> Rule | None:
    if not clip.enabled:
        return Rule.DISABLED
    if not clip.approved:
        return Rule.UNAPPROVED
    if clip.kind not in allowed_kinds:
        return Rule.KIND_NOT_ALLOWED
    if clip.id in missing:
        return Rule.FILE_MISSING
    return None


def _surroundings_rule(clip: Clip, surroundings: Surroundings) -> Rule | None:
    if clip.seasons and surroundings.season not in clip.seasons:
        return Rule.WRONG_SEASON
    # Where the weather is not known it speaks for nothing and against nothing.
    weather = surroundings.weather
    if clip.weathers and weather is not None and weather not in clip.weathers:
        return Rule.WRONG_WEATHER
    if clip.day_times and surroundings.day_time not in clip.day_times:
        return Rule.WRONG_TIME_OF_DAY
    return None
