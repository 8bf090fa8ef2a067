"""Which clips may be chosen at all, and the name of the rule that speaks against each other one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from appliance.decision.campaign_table import CampaignCounts, Flags, Ints, Standing
from appliance.decision.library import Codes, Library
from appliance.decision.rule import RULES, Rule, code_of, rule_of
from appliance.domain import Clip, ClipKind, Screen, Surroundings

__all__ = ["CampaignMoment", "Restriction", "Rule", "Sifted", "sift"]

_STAGES = (
    (Rule.DISABLED, Rule.UNAPPROVED, Rule.KIND_NOT_ALLOWED, Rule.FILE_MISSING),
    tuple(rule for rule in RULES[4:13]),
    (Rule.WRONG_SEASON, Rule.WRONG_WEATHER, Rule.WRONG_TIME_OF_DAY),
    (Rule.OPERATOR_RULE,),
    (Rule.JUST_PLAYED,),
    (Rule.LOWER_PRIORITY, Rule.ANOTHER_CAMPAIGN_DUE),
)
"""Rejected clips are told in this order, within a stage as the library has them."""


@dataclass(frozen=True, slots=True)
class CampaignMoment:
    """What campaigns are judged by."""

    now: dt.datetime
    """Aware, local."""
    is_clock_set: bool
    counts: CampaignCounts


@dataclass(frozen=True, slots=True)
class Restriction:
    """A rule of the operator's that keeps to clips with a tag."""

    rule: str
    """Its name."""
    tag: str


@dataclass(frozen=True, slots=True)
class Sifted:
    """The library as one choice sees it."""

    library: Library
    codes: Codes
    """Rule against each clip (``rule.code_of``); 0: eligible."""
    places: Ints
    """Of the eligible clips in the library."""
    ignores_surroundings: bool = False
    """Nothing fitted the season, weather and time of day, so they were left out of account."""
    campaign_row: int = -1
    """The campaign whose turn it is, in the library's table; -1: none is due."""
    standing: Standing | None = None
    is_fallback: bool = False
    """Nothing but the fallback was left."""
    notes: tuple[str, ...] = field(default=())
    """What the operator's rules did, for people."""

    @property
    def eligible(self) -> tuple[Clip, ...]:
        return tuple(self.library.clips[place] for place in self.places)

    @property
    def rejected(self) -> tuple[tuple[Clip, Rule], ...]:
        return self.first_rejected(len(self.library.clips))

    def first_rejected(self, limit: int) -> tuple[tuple[Clip, Rule], ...]:
        """At most so many of the rejected clips, each with its rule."""
        told: list[tuple[Clip, Rule]] = []
        for stage in _STAGES:
            if len(told) >= limit:
                break
            wanted = np.isin(self.codes, [code_of(rule) for rule in stage])
            for place in np.flatnonzero(wanted)[: limit - len(told)]:
                rule = rule_of(int(self.codes[place]))
                if rule is not None:
                    told.append((self.library.clips[place], rule))
        return tuple(told)

    def counts(self) -> dict[Rule, int]:
        """How many clips each rule rejected."""
        found = np.bincount(self.codes, minlength=len(RULES) + 1)
        return {rule: int(found[code_of(rule)]) for rule in RULES if found[code_of(rule)]}


def sift(
    clips: Sequence[Clip] | Library,
    screen: Screen,
    surroundings: Surroundings,
    *,
    recent: Sequence[int] = (),
    missing: Set[int] = frozenset(),
    allowed_kinds: Set[ClipKind] = frozenset(ClipKind),
    sponsored_kinds: Set[ClipKind] = frozenset(),
    moment: CampaignMoment | None = None,
    restrictions: Sequence[Restriction] = (),
) -> Sifted:
    """Part the clips into eligible and rejected ones; ``eligible`` may be empty.

    ``recent``: ids of the clips just played, which rest while another clip is eligible.
    ``missing``: ids of clips whose file is gone or failed to play just now.
    ``sponsored_kinds``: kinds allowed for clips of a campaign besides ``allowed_kinds``.
    ``moment`` None: no campaign is known, and clips of one do not play. A clip that names no
    season (weather, time of day) fits any. The healing loop must go on, so where nothing fits
    the surroundings they count for nothing there; a restriction that leaves nothing counts
    for nothing anywhere.
    """
    library = clips if isinstance(clips, Library) else Library(clips)
    codes = _hard_codes(library, missing, allowed_kinds, sponsored_kinds)
    is_spare = library.is_spare & (codes == 0)
    standing = _reject_by_campaign(library, codes, moment)
    ignores_surroundings = _reject_by_surroundings(library, codes, screen, surroundings)
    notes = _restrict(library, codes, restrictions)
    resting = np.zeros(len(codes), np.bool_)
    resting[library.places(recent)] = True
    if np.any((codes == 0) & ~resting):
        codes[(codes == 0) & resting] = code_of(Rule.JUST_PLAYED)
    campaign_row = _reject_by_turn(library, codes, standing)
    is_fallback = not np.any(codes == 0) and bool(np.any(is_spare))
    if is_fallback:
        codes[is_spare] = 0
    places = np.flatnonzero(codes == 0)
    return Sifted(
        library, codes, places, ignores_surroundings, campaign_row, standing, is_fallback, notes
    )


def _hard_codes(
    library: Library,
    missing: Set[int],
    allowed_kinds: Set[ClipKind],
    sponsored_kinds: Set[ClipKind],
) -> Codes:
    codes = library.switched.copy()
    allowed = np.zeros(len(codes), np.bool_)
    for kind in allowed_kinds:
        allowed |= library.is_kind[kind]
    for kind in sponsored_kinds:
        allowed |= library.is_kind[kind] & library.has_campaign
    codes[(codes == 0) & ~allowed] = code_of(Rule.KIND_NOT_ALLOWED)
    gone = library.places(missing)
    codes[gone] = np.where(codes[gone] == 0, code_of(Rule.FILE_MISSING), codes[gone])
    return codes


def _reject_by_campaign(
    library: Library, codes: Codes, moment: CampaignMoment | None
) -> Standing | None:
    _reject(codes, library.is_fallback, Rule.KEPT_AS_FALLBACK)
    if moment is None:
        _reject(codes, library.has_campaign, Rule.CAMPAIGN_PAUSED)
        return None
    standing = library.campaigns.standing(
        moment.counts, moment.now, is_clock_set=moment.is_clock_set
    )
    against = library.of_campaigns(standing.codes, 0)
    codes[codes == 0] = against[codes == 0]
    return standing


def _reject_by_surroundings(
    library: Library, codes: Codes, screen: Screen, surroundings: Surroundings
) -> bool:
    """Whether the surroundings were left out of account, because nothing fits them."""
    before = codes.copy()
    _reject(codes, ~library.fits_season[surroundings.season], Rule.WRONG_SEASON)
    # Where the weather is not known it speaks for nothing and against nothing.
    if surroundings.weather is not None:
        _reject(codes, ~library.fits_weather[surroundings.weather], Rule.WRONG_WEATHER)
    _reject(codes, ~library.fits_day_time[surroundings.day_time], Rule.WRONG_TIME_OF_DAY)
    if screen is not Screen.HEALING or np.any(codes == 0) or not np.any(before == 0):
        return False
    codes[:] = before
    return True


def _restrict(
    library: Library, codes: Codes, restrictions: Sequence[Restriction]
) -> tuple[str, ...]:
    notes = []
    for restriction in restrictions:
        tagged = library.tagged.get(restriction.tag)
        if tagged is None or not np.any((codes == 0) & tagged):
            notes.append(
                f"rule '{restriction.rule}' has no say: no clip tagged {restriction.tag} may play"
            )
            continue
        _reject(codes, ~tagged, Rule.OPERATOR_RULE)
        notes.append(f"rule '{restriction.rule}' keeps to clips tagged {restriction.tag}")
    return tuple(notes)


def _reject_by_turn(library: Library, codes: Codes, standing: Standing | None) -> int:
    """Highest priority first; there, the campaign furthest behind its plan. Returns its row."""
    if standing is None or not np.any((codes == 0) & library.has_campaign):
        return -1
    _reject(codes, library.priority < library.priority[codes == 0].max(), Rule.LOWER_PRIORITY)
    rows = np.unique(library.campaign_rows[(codes == 0) & library.has_campaign])
    due = rows[library.campaigns.is_paced[rows]]
    if not len(due):
        return -1
    # Campaigns ahead of their plan are out by now. Of equals the older one; no draw is needed,
    # so the chance of a clip within its campaign is its whole chance.
    row = int(due[np.argmax(standing.deficit[due])])
    _reject(codes, library.campaign_rows != row, Rule.ANOTHER_CAMPAIGN_DUE)
    return row


def _reject(codes: Codes, speaks: Flags, rule: Rule) -> None:
    codes[(codes == 0) & speaks] = code_of(rule)
