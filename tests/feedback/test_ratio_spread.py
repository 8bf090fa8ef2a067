"""Mean, least and most over watchers."""

from __future__ import annotations

from appliance.domain import EMOTIONS, Reaction
from appliance.feedback.ratio_spread import RatioSpread, ratio_spreads

# The viewer-interest paper's table 1: one video, four viewers, here in the order of EMOTIONS.
TABLE_1 = [
    (44.40, 39.17, 4.51, 7.94, 0.18, 1.08, 2.71),
    (50.18, 30.63, 7.57, 1.06, 0.00, 4.40, 6.16),
    (2.30, 4.08, 82.10, 0.53, 0.00, 3.72, 7.27),
    (4.32, 41.91, 53.78, 0.00, 0.00, 0.00, 0.00),
]


def test_every_watcher_counts_alike() -> None:
    reactions = [Reaction(str(n), 10 * n + 1, ratios) for n, ratios in enumerate(TABLE_1)]
    spreads = ratio_spreads(reactions)
    assert list(spreads) == list(EMOTIONS)
    assert spreads["happiness"] == RatioSpread((39.17 + 30.63 + 4.08 + 41.91) / 4, 4.08, 41.91)
    assert spreads["fear"] == RatioSpread(0.18 / 4, 0.0, 0.18)


def test_who_was_never_sampled_is_no_watcher() -> None:
    nobody = Reaction("p", 0, (0.0,) * 7)
    assert ratio_spreads([nobody]) == {}
    one = Reaction("q", 4, TABLE_1[0])
    assert ratio_spreads([nobody, one])["neutral"] == RatioSpread(44.40, 44.40, 44.40)
