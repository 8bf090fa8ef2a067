"""How a watcher reacted to a clip: the share of its seconds that each emotion led."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.domain import EMOTIONS, EmotionSample, Reaction


def reaction_of(play_id: str, samples: Sequence[EmotionSample]) -> Reaction:
    """Cumulative emotion ratio of a play (viewer-interest paper, eq. 1).

    AE_E = samples whose largest probability is E / all samples * 100. Seconds in which the
    unit abstained count in neither; without any other all ratios are 0. Of two equal
    probabilities the first in the order of ``EMOTIONS`` leads.
    """
    counted = [sample for sample in samples if not sample.is_abstained]
    led = [0] * len(EMOTIONS)
    for sample in counted:
        led[sample.probabilities.index(max(sample.probabilities))] += 1
    total = len(counted)
    return Reaction(play_id, total, tuple(100 * n / total if total else 0.0 for n in led))
