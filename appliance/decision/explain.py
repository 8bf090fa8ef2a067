"""A past choice in plain words: what was known, what spoke for each clip, which rule against."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.decision.propensity import interval
from appliance.decision.rule import Rule
from appliance.domain import (
    EMOTIONS,
    Candidate,
    DecisionContext,
    LessonSource,
    Posterior,
    Reaction,
    Screen,
    Taught,
)
from appliance.store.records import PastDecision, PastPlay

_AGAINST = {
    Rule.DISABLED: "it is switched off",
    Rule.UNAPPROVED: "it is not approved",
    Rule.KIND_NOT_ALLOWED: "its kind is not allowed on this screen",
    Rule.FILE_MISSING: "its file is missing or failed to play",
    Rule.KEPT_AS_FALLBACK: "it is kept for when nothing else may play",
    Rule.CAMPAIGN_PAUSED: "its campaign is paused",
    Rule.CLOCK_NOT_SET: "its campaign goes by dates or hours, and the clock was not set",
    Rule.OUTSIDE_DATES: "its campaign has not begun or is over",
    Rule.OUTSIDE_DAYPARTS: "its campaign plays at other hours",
    Rule.TARGET_REACHED: "its campaign has all the plays it was promised",
    Rule.HOURLY_CAP: "its campaign has played as often as it may within an hour",
    Rule.PROOF_MISSING: "the panel did not prove its campaign's latest plays",
    Rule.AHEAD_OF_PLAN: "its campaign is not behind its plan",
    Rule.WRONG_SEASON: "it is for another season",
    Rule.WRONG_WEATHER: "it is for another weather",
    Rule.WRONG_TIME_OF_DAY: "it is for another time of day",
    Rule.OPERATOR_RULE: "a rule of the operator's keeps to other clips",
    Rule.JUST_PLAYED: "it had just been played",
    Rule.LOWER_PRIORITY: "a campaign of higher priority goes first",
    Rule.ANOTHER_CAMPAIGN_DUE: "another campaign was due",
}


def against(rule: Rule) -> str:
    """What a rule says against a clip."""
    return _AGAINST[rule]


def explain(
    decision: PastDecision, play: PastPlay | None, reaction: Reaction | None = None
) -> tuple[str, ...]:
    """Lines for people. ``play`` None: the clip was chosen but never began to play."""
    lines = [
        f"Play {decision.play_id}",
        f"Chosen: '{decision.clip_title}' (clip {decision.clip_id}) at"
        f" {_clock(decision)} {_screen(decision.context)}.",
        f"Why: {decision.reason}.",
        f"Known then: {_known(decision.context)}.",
        _chance(decision),
        _shown(play),
    ]
    if play is not None:
        lines.append(_answered(play))
    if reaction is not None and reaction.sampled:
        lines.append(f"While it played: {_felt(reaction)}.")
    if decision.context.screen is Screen.SHOW or decision.taught is not None:
        lines.append(f"Learned: {_learned(decision.taught)}.")
    lines += _candidates(decision)
    return tuple(lines)


def _clock(decision: PastDecision) -> str:
    when = decision.decided_at.strftime("%Y-%m-%d %H:%M:%S")
    return when if decision.is_clock_synced else f"{when} (clock not set then)"


def _screen(context: DecisionContext) -> str:
    return "for a watcher" if context.screen is Screen.SHOW else "for the healing loop"


def _known(context: DecisionContext) -> str:
    around = context.surroundings
    parts = [around.season.value, around.day_time.value]
    parts.append(around.weather.value if around.weather else "weather unknown")
    if context.screen is Screen.SHOW:
        if context.expression is None:
            parts.insert(0, "the unit could not tell the expression (treated like neutral)")
        else:
            name = context.expression.name.lower()
            parts.insert(0, f"expression {name} with confidence {context.confidence:.0%}")
        watchers = "1 watcher" if context.watchers == 1 else f"{context.watchers} watchers"
        parts.insert(1, watchers)
    return ", ".join(parts)


def _chance(decision: PastDecision) -> str:
    line = (
        f"The chance that the policy '{decision.policy}' takes this clip there was"
        f" {decision.probability:.1%}"
    )
    if decision.floor > 0:
        line += f", of which every eligible clip had {100 * decision.floor:.2g}%"
    return f"{line}."


def _shown(play: PastPlay | None) -> str:
    if play is None:
        return "Shown: no; the panel never reported that it began to play."
    if play.error is not None:
        return f"Shown: {play.shown_s:.1f} s, then it failed ({play.error})."
    if play.is_completed:
        return f"Shown: to its end ({play.shown_s:.1f} s)."
    return f"Shown: {play.shown_s:.1f} s are proved; its end was never reported."


def _answered(play: PastPlay) -> str:
    return f"Answer: {answer_words(play.rating, play.stars, play.seen_before)}."


def answer_words(rating: int | None, stars: int | None, seen_before: bool | None) -> str:
    """What a watcher said of a clip, as the store keeps it."""
    if rating is None and stars is None:
        return "none"
    said = {1: "liked it", 0: "did not like it", None: "neither"}[rating]
    steps = "" if stars is None else f" ({stars} of 5)"
    known = {True: "; had seen it before", False: "; saw it for the first time", None: ""}
    return said + steps + known[seen_before]


def _felt(reaction: Reaction) -> str:
    ranked = sorted(zip(reaction.ratios, EMOTIONS, strict=True), reverse=True)
    parts = [f"{name} {ratio:.0f} %" for ratio, name in ranked if ratio > 0]
    return f"{', '.join(parts)} of {reaction.sampled} s"


def _learned(taught: Taught | None) -> str:
    if taught is None:
        return "nothing"
    lesson = taught.lesson
    weight = f"with the weight of {lesson.weight:.2g} answers"
    interest = f"a predicted interest of {lesson.interest or 0:.0%}"
    match lesson.source:
        case LessonSource.RATING:
            return f"from the answer, {'liked' if lesson.reward >= 0.5 else 'not liked'}"
        case LessonSource.INTEREST:
            return f"from {interest}, {weight}"
        case LessonSource.LEFT_EARLY:
            return f"not liked, for the watcher left before its end, {weight}"
        case LessonSource.INTEREST_AND_LEFT_EARLY:
            return (
                f"liked {lesson.reward:.0%}, from {interest} and because the watcher left before"
                f" its end, {weight}"
            )


def _candidates(decision: PastDecision) -> list[str]:
    if not decision.candidates:
        return []
    lines = ["Clips considered:"]
    lines += [f"  {_candidate(candidate)}" for candidate in decision.candidates]
    if decision.candidates_omitted:
        lines.append(f"  and {decision.candidates_omitted} more")
    return lines


def _candidate(candidate: Candidate) -> str:
    name = f"{candidate.clip_id} '{candidate.title}'"
    if candidate.rejected_by is not None:
        known = candidate.rejected_by in list(Rule)
        reason = _AGAINST[Rule(candidate.rejected_by)] if known else candidate.rejected_by
        return f"{name}: not eligible, {reason}"
    if candidate.posterior is None:
        return f"{name}: eligible"
    belief = belief_of(candidate.posterior, candidate)
    answers = "1 answer" if belief.own_answers == 1 else f"{belief.own_answers:g} answers"
    return (
        f"{name}: expected to be liked {belief.mean:.0%} (95%: {belief.low:.0%} to"
        f" {belief.high:.0%}); {answers} of its own make {belief.own_share:.0%} of that"
    )


@dataclass(frozen=True, slots=True)
class Belief:
    """What was believed of a candidate, in plain numbers."""

    mean: float
    low: float
    high: float
    """Of the interval that holds the chance to be liked with 95 %."""
    own_answers: float
    """What answers about it weighed, fractions for forgotten ones and guesses."""
    own_share: float
    """Their part of the belief; the rest came from clips like it and the first guess."""


def belief_of(posterior: Posterior, candidate: Candidate) -> Belief:
    own = candidate.ratings if candidate.own_answers is None else candidate.own_answers
    low, high = interval(posterior)
    return Belief(
        posterior.mean, low, high, round(own, 1), own / (posterior.alpha + posterior.beta)
    )
