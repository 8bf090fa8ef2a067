"""Takes a clip: rules say which are eligible, a draw from what is believed of each which one."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from appliance.decision.draw import Draw
from appliance.decision.eligibility import CampaignMoment, Restriction, Sifted, sift
from appliance.decision.hope import DrawSettings
from appliance.decision.library import Library
from appliance.decision.posteriors import (
    DEFAULT_DRAWS,
    Beliefs,
    Groups,
    PriorSettings,
)
from appliance.domain import (
    Candidate,
    Clip,
    ClipKind,
    Decision,
    DecisionContext,
    Expression,
    Posterior,
    Score,
    Scores,
    Screen,
)
from appliance.errors import DecisionError

__all__ = ["POLICY", "Beliefs", "DrawSettings", "PriorSettings", "choose"]

POLICY = "shared-thompson"
MAX_CANDIDATES = 50
"""Kept with a choice; of a larger library the rest is only counted."""


def choose(
    clips: Sequence[Clip] | Library,
    context: DecisionContext,
    scores: Scores | Beliefs,
    *,
    recent: Sequence[int],
    missing: Set[int],
    allowed_kinds: Set[ClipKind],
    prior: PriorSettings,
    rng: np.random.Generator,
    draws: DrawSettings = DEFAULT_DRAWS,
    sponsored_kinds: Set[ClipKind] = frozenset(),
    moment: CampaignMoment | None = None,
    restrictions: Sequence[Restriction] = (),
) -> Decision:
    """Take one clip for the watcher (SHOW) or for the loop (HEALING).

    Rules, priority and pacing say without a draw which clips remain; among those the policy draws,
    so ``probability`` is the clip's whole chance. ``recent`` and the other arguments as in
    ``eligibility.sift``; ``Beliefs`` must be of this library and these settings. Raises
    DecisionError when no clip is eligible, saying which rules spoke against how many.
    """
    library = clips if isinstance(clips, Library) else Library(clips)
    beliefs = scores if isinstance(scores, Beliefs) else Beliefs(library, scores, prior, draws)
    sifted = sift(
        library,
        context.screen,
        context.surroundings,
        recent=recent,
        missing=missing,
        allowed_kinds=allowed_kinds,
        sponsored_kinds=sponsored_kinds,
        moment=moment,
        restrictions=restrictions,
    )
    if not len(sifted.places):
        raise DecisionError(_nothing_eligible(sifted))
    groups = beliefs.groups(context.expression)
    draw = Draw(groups, sifted.places, draws.floor)
    place, is_even = draw.pick(rng)
    probability = draw.chance(place)
    clip = library.clips[place]
    row = int(library.campaign_rows[place])
    liked = _liked(beliefs.answers(clip, context.expression))
    return Decision(
        context=context,
        clip=clip,
        probability=probability,
        floor=draw.floor,
        reason=_reason(context, sifted, clip, liked, probability, is_even=is_even),
        policy=POLICY,
        candidates=_candidates(sifted, groups, beliefs, context.expression, place),
        candidates_omitted=max(0, len(library.clips) - MAX_CANDIDATES),
        campaign_id=library.campaigns.campaigns[row].id if row >= 0 else None,
    )


def _candidates(
    sifted: Sifted, groups: Groups, beliefs: Beliefs, expression: Expression | None, taken: int
) -> tuple[Candidate, ...]:
    """The clip taken, the likeliest other eligible ones, then rejected ones; bounded."""
    others = sifted.places[sifted.places != taken]
    means = (groups.arms[:, 0] / groups.arms.sum(axis=1))[groups.group_of[others]]
    wanted = MAX_CANDIDATES - 1
    if len(others) > wanted:
        # Of clips expected to be liked alike, the first in the library.
        worst = np.partition(-means, wanted - 1)[wanted - 1]
        better, equal = np.flatnonzero(-means < worst), np.flatnonzero(-means == worst)
        nearest = np.sort(np.concatenate((better, equal[: wanted - len(better)])))
        others, means = others[nearest], means[nearest]
    places = [taken, *(int(place) for place in others[np.argsort(-means, kind="stable")])]
    eligible = []
    for place in places:
        clip, arm = sifted.library.clips[place], groups.arms[groups.group_of[place]]
        answers = beliefs.answers(clip, expression).answers
        posterior = Posterior(float(arm[0]), float(arm[1]))
        eligible.append(Candidate(clip.id, clip.title, posterior, round(answers), None, answers))
    rejected = [
        Candidate(clip.id, clip.title, None, 0, rule.value)
        for clip, rule in sifted.first_rejected(MAX_CANDIDATES - len(eligible))
    ]
    return (*eligible, *rejected)


def _reason(
    context: DecisionContext,
    sifted: Sifted,
    clip: Clip,
    liked: str,
    probability: float,
    *,
    is_even: bool,
) -> str:
    said = [_occasion(context, sifted), *sifted.notes]
    if sifted.is_fallback:
        said.append("nothing else may play, so the fallback does")
    elif sifted.campaign_row >= 0 and sifted.standing is not None:
        campaign = sifted.library.campaigns.campaigns[sifted.campaign_row]
        behind = sifted.standing.deficit[sifted.campaign_row]
        said.append(f"campaign '{campaign.name}' is due ({behind:.1%} behind its plan)")
    count = len(sifted.places)
    if count == 1:
        return f"{'; '.join(said)}: only '{clip.title}' was eligible"
    why = "had the turn that falls evenly on all" if is_even else "had the best draw of"
    chance = f"{probability:.0%}" if probability >= 0.01 else f"{100 * probability:.1g}%"
    return (
        f"{'; '.join(said)}: '{clip.title}' {why} {count} eligible clips (chance {chance}; {liked})"
    )


def _liked(answers: Score) -> str:
    if not answers.answers:
        return "nobody has answered about it yet"
    # Forgetting and guessed answers make fractions.
    return f"{round(answers.likes, 1):g} of {round(answers.answers, 1):g} liked it"


def _occasion(context: DecisionContext, sifted: Sifted) -> str:
    if context.screen is Screen.SHOW:
        known = "an unread expression" if context.expression is None else _face(context.expression)
        return f"For {known}"
    around = context.surroundings
    parts = (around.season.value, around.day_time.value, around.weather)
    occasion = f"For the loop ({', '.join(str(part) for part in parts if part)})"
    if sifted.ignores_surroundings:
        occasion += ", though no clip fits these surroundings"
    return occasion


def _face(expression: Expression) -> str:
    return f"a {expression.name.lower()} face"


def _nothing_eligible(sifted: Sifted) -> str:
    counts = sifted.counts()
    if not counts:
        return "the library has no clip; add one with 'appliance clip add'"
    said = ", ".join(f"{rule}: {count}" for rule, count in counts.items())
    return f"no clip may be shown now ({said}); see 'appliance clip list'"
