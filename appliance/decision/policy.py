"""Thompson sampling: each eligible clip draws from what is known of it, the largest draw plays."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from appliance.decision.eligibility import Sifted, sift
from appliance.decision.propensity import win_probability
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

POLICY = "thompson"
MAX_CANDIDATES = 50
"""Kept with a choice; of a larger library the rest is only counted."""


@dataclass(frozen=True, slots=True)
class PriorSettings:
    """What is believed of a clip before anybody answered, as pseudo-answers.

    The prior is Beta(strength * mean, strength * (1 - mean)): weak, so that about
    ``strength`` answers weigh as much as the editor's guess of whom the clip is for.
    """

    strength: float = 4.0
    fits: float = 0.6
    """Chance to be liked where the clip is meant for this expression."""
    untargeted: float = 0.5
    """Where the clip is meant for anybody."""
    other: float = 0.4
    """Where it is meant for another expression."""


def choose(
    clips: Sequence[Clip],
    context: DecisionContext,
    scores: Scores,
    *,
    recent: Sequence[int],
    missing: Set[int],
    allowed_kinds: Set[ClipKind],
    prior: PriorSettings,
    rng: np.random.Generator,
) -> Decision:
    """Take one clip for the watcher (SHOW) or for the loop (HEALING).

    ``recent``, ``missing`` and ``allowed_kinds`` as in ``eligibility.sift``. Raises
    DecisionError when no clip is eligible, saying which rules spoke against how many.
    """
    sifted = sift(
        clips,
        context.screen,
        context.surroundings,
        recent=recent,
        missing=missing,
        allowed_kinds=allowed_kinds,
    )
    if not sifted.eligible:
        raise DecisionError(_nothing_eligible(sifted))
    answers = [answers_for(clip, context.expression, scores) for clip in sifted.eligible]
    posteriors = [
        posterior_of(clip, context.expression, score, prior)
        for clip, score in zip(sifted.eligible, answers, strict=True)
    ]
    draws = rng.beta([arm.alpha for arm in posteriors], [arm.beta for arm in posteriors])
    taken = int(np.argmax(draws))
    probability = win_probability(posteriors, taken)
    candidates = _candidates(sifted, posteriors, answers, taken)
    return Decision(
        context=context,
        clip=sifted.eligible[taken],
        probability=probability,
        reason=_reason(context, sifted, taken, answers[taken], probability),
        policy=POLICY,
        candidates=candidates[:MAX_CANDIDATES],
        candidates_omitted=max(0, len(candidates) - MAX_CANDIDATES),
    )


def answers_for(clip: Clip, expression: Expression | None, scores: Scores) -> Score:
    """The answers that count under this expression.

    When the unit abstains the watcher is treated like a neutral one, and what was answered
    while it abstained counts too; neutral choices never count those.
    """
    if expression is not None:
        return scores.get((clip.id, expression), Score())
    neutral = scores.get((clip.id, Expression.NEUTRAL), Score())
    abstained = scores.get((clip.id, None), Score())
    return Score(neutral.likes + abstained.likes, neutral.dislikes + abstained.dislikes)


def posterior_of(
    clip: Clip, expression: Expression | None, answers: Score, prior: PriorSettings
) -> Posterior:
    """Prior from the clip's target, plus the answers."""
    target = Expression.NEUTRAL if expression is None else expression
    if not clip.target_emotions:
        mean = prior.untargeted
    else:
        mean = prior.fits if target in clip.target_emotions else prior.other
    return Posterior(
        prior.strength * mean + answers.likes, prior.strength * (1 - mean) + answers.dislikes
    )


def _candidates(
    sifted: Sifted, posteriors: Sequence[Posterior], answers: Sequence[Score], taken: int
) -> tuple[Candidate, ...]:
    """The clip taken, the other eligible ones by what is expected of them, the rejected ones."""
    eligible = [
        Candidate(clip.id, clip.title, posterior, round(score.answers), None)
        for clip, posterior, score in zip(sifted.eligible, posteriors, answers, strict=True)
    ]
    first = eligible.pop(taken)
    eligible.sort(key=lambda arm: (-arm.posterior.mean if arm.posterior else 0.0, arm.clip_id))
    rejected = [
        Candidate(clip.id, clip.title, None, 0, rule.value) for clip, rule in sifted.rejected
    ]
    return (first, *eligible, *rejected)


def _reason(
    context: DecisionContext, sifted: Sifted, taken: int, answers: Score, probability: float
) -> str:
    clip, count = sifted.eligible[taken], len(sifted.eligible)
    if context.screen is Screen.SHOW:
        known = "an unread expression" if context.expression is None else _face(context.expression)
        occasion = f"For {known}"
    else:
        around = context.surroundings
        parts = (around.season.value, around.day_time.value, around.weather)
        occasion = f"For the loop ({', '.join(str(part) for part in parts if part)})"
        if sifted.ignores_surroundings:
            occasion += ", though no clip fits these surroundings"
    if count == 1:
        return f"{occasion}: only '{clip.title}' was eligible"
    liked = (
        f"{answers.likes:g} of {answers.answers:g} liked it"
        if answers.answers
        else "nobody has answered about it yet"
    )
    return (
        f"{occasion}: '{clip.title}' had the best draw of {count} eligible clips"
        f" (chance {probability:.0%}; {liked})"
    )


def _face(expression: Expression) -> str:
    return f"a {expression.name.lower()} face"


def _nothing_eligible(sifted: Sifted) -> str:
    if not sifted.rejected:
        return "the library has no clip; add one with 'appliance clip add'"
    counts: dict[str, int] = {}
    for _, rule in sifted.rejected:
        counts[rule.value] = counts.get(rule.value, 0) + 1
    said = ", ".join(f"{rule}: {count}" for rule, count in counts.items())
    return f"no clip may be shown now ({said}); see 'appliance clip list'"
