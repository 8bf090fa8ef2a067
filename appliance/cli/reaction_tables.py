"""Reactions as tables for the terminal, in the order of the viewer-interest paper's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from appliance.decision.explain import answer_words
from appliance.domain import EMOTIONS
from appliance.feedback.ratio_spread import RatioSpread
from appliance.store.records import PastReaction

BAR_WIDTH = 30
GROUP_NAMES = {"all": "all", "low": "low interest", "high": "high interest"}


def play_lines(past: PastReaction, predicted: float | None) -> Iterator[str]:
    """One play (the paper's table 1)."""
    reaction = past.reaction
    yield f"Play {reaction.play_id}"
    yield f"Clip {past.clip_id}: {past.clip_title}"
    yield f"Sampled: {reaction.sampled} s, and {past.abstained} s in which the unit abstained."
    if past.valence is not None and past.arousal is not None:
        yield f"Mean valence {past.valence:+.2f}, arousal {past.arousal:+.2f} (each -1 to 1)."
    yield f"Answer: {answer_words(past.rating, past.stars, past.seen_before)}."
    if predicted is None:
        yield "Predicted interest: none, see 'appliance interest show'."
    else:
        yield f"Predicted interest: {predicted:.0%}."
    if reaction.sampled == 0:
        yield "No second counts, so there are no ratios."
        return
    yield ""
    for emotion, ratio in zip(EMOTIONS, reaction.ratios, strict=True):
        bar = "█" * round(ratio / 100 * BAR_WIDTH)
        yield f"{emotion:<10}{ratio:>7.2f} %  {bar}".rstrip()


def clip_lines(
    name: str, watchers: Mapping[str, int], spreads: Mapping[str, Mapping[str, RatioSpread]]
) -> Iterator[str]:
    """Mean, least and most over watchers: all, low and high interest (tables 2 and 3)."""
    yield f"Ratio of each emotion in % of the sampled seconds, {name}"
    yield ""
    headings = (f"{GROUP_NAMES[group]} ({count})" for group, count in watchers.items())
    yield f"{'':10}" + "".join(f"{heading:>23}" for heading in headings)
    yield f"{'watchers':10}" + f"{'mean':>9}{'min':>7}{'max':>7}" * len(spreads)
    for emotion in EMOTIONS:
        yield f"{emotion:10}" + "".join(_cells(spread.get(emotion)) for spread in spreads.values())


def _cells(each: RatioSpread | None) -> str:
    if each is None:
        return f"{'–':>9}{'–':>7}{'–':>7}"
    return f"{each.mean:>9.2f}{each.least:>7.2f}{each.most:>7.2f}"
