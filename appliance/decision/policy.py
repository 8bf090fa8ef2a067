"""Thompson sampling: each eligible clip draws from what is known of it, the largest draw plays."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from appliance.decision.eligibility import CampaignMoment, Restriction, Sifted, sift
from appliance.decision.library import Library
from appliance.decision.posteriors import (
    Beliefs,
    Floats,
    Groups,
    Ints,
    PriorSettings,
    answers_for,
    posterior_of,
)
from appliance.decision.propensity import (
    group_win_probability,
    largest_draws,
    plausible,
    win_probability_above,
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

__all__ = ["POLICY", "Beliefs", "PriorSettings", "answers_for", "choose", "posterior_of"]

POLICY = "thompson"
MAX_CANDIDATES = 50
"""Kept with a choice; of a larger library the rest is only counted."""

MAX_SINGLE_DRAWS = 32
"""Of a larger group of equal clips only the largest draw is made, in one step."""


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
    sponsored_kinds: Set[ClipKind] = frozenset(),
    moment: CampaignMoment | None = None,
    restrictions: Sequence[Restriction] = (),
) -> Decision:
    """Take one clip for the watcher (SHOW) or for the loop (HEALING).

    Rules, priority and pacing say without a draw which clips remain; among those Thompson
    sampling draws, so ``probability`` is the clip's whole chance. ``recent`` and the other
    arguments as in ``eligibility.sift``; ``Beliefs`` must be of this library and prior. Raises
    DecisionError when no clip is eligible, saying which rules spoke against how many.
    """
    library = clips if isinstance(clips, Library) else Library(clips)
    beliefs = scores if isinstance(scores, Beliefs) else Beliefs(library, scores, prior)
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
    place, probability = _draw(groups, sifted.places, rng)
    clip = library.clips[place]
    row = int(library.campaign_rows[place])
    return Decision(
        context=context,
        clip=clip,
        probability=probability,
        reason=_reason(
            context, sifted, clip, beliefs.answers(clip, context.expression), probability
        ),
        policy=POLICY,
        candidates=_candidates(sifted, groups, beliefs, context.expression, place),
        candidates_omitted=max(0, len(library.clips) - MAX_CANDIDATES),
        campaign_id=library.campaigns.campaigns[row].id if row >= 0 else None,
    )


def _draw(groups: Groups, places: Ints, rng: np.random.Generator) -> tuple[int, float]:
    """The place of the clip whose draw is the largest, and its chance.

    Equal clips are drawn for as one group, and the winner among them by lot. Groups that would
    win less often than ``propensity.MAX_LOSS`` all together are not drawn for.
    """
    group_of = groups.group_of[places]
    counts = np.bincount(group_of, minlength=len(groups.arms))
    present = np.flatnonzero(counts)
    kept, threshold = plausible(groups.arms[present], counts[present], groups.log_betas[present])
    present = present[kept]
    arms, counts = groups.arms[present], counts[present]
    mine = int(np.argmax(_largest_draws(arms, counts, rng)))
    members = places[group_of == present[mine]]
    place = int(members[rng.integers(len(members))])
    if not 0 < threshold < 1:
        # Too few or too little known clips for a floor under the winner's draw.
        return place, group_win_probability(arms, counts, mine)
    log_betas = groups.log_betas[present]
    return place, win_probability_above(arms, counts, log_betas, mine, threshold)


def _largest_draws(arms: Floats, counts: Ints, rng: np.random.Generator) -> Floats:
    singly = counts <= MAX_SINGLE_DRAWS
    best = np.empty(len(arms))
    if not np.all(singly):
        best[~singly] = largest_draws(arms[~singly], counts[~singly], rng)
    if np.any(singly):
        each = np.repeat(arms[singly], counts[singly], axis=0)
        firsts = np.concatenate(([0], np.cumsum(counts[singly])[:-1]))
        best[singly] = np.maximum.reduceat(rng.beta(each[:, 0], each[:, 1]), firsts)
    return best


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
        answers = round(beliefs.answers(clip, expression).answers)
        posterior = Posterior(float(arm[0]), float(arm[1]))
        eligible.append(Candidate(clip.id, clip.title, posterior, answers, None))
    rejected = [
        Candidate(clip.id, clip.title, None, 0, rule.value)
        for clip, rule in sifted.first_rejected(MAX_CANDIDATES - len(eligible))
    ]
    return (*eligible, *rejected)


def _reason(
    context: DecisionContext, sifted: Sifted, clip: Clip, answers: Score, probability: float
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
    liked = (
        f"{answers.likes:g} of {answers.answers:g} liked it"
        if answers.answers
        else "nobody has answered about it yet"
    )
    return (
        f"{'; '.join(said)}: '{clip.title}' had the best draw of {count} eligible clips"
        f" (chance {probability:.0%}; {liked})"
    )


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
