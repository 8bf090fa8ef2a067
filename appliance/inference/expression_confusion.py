"""How often an emotion network takes one expression for another, by what its manifest measured."""

from __future__ import annotations

import numpy as np

from appliance.domain import EMOTIONS, Confusion, Expression
from appliance.inference.model_manifest import EmotionManifest

LEADING = {Expression.HAPPY: "happiness", Expression.NEUTRAL: "neutral", Expression.SAD: "sadness"}


def expression_confusion(manifest: EmotionManifest) -> Confusion | None:
    """From the first counts over seven emotions among the metrics: choices go by the largest of
    happiness, neutral and sadness. None where nothing was measured, or nothing of one of them."""
    for measured in manifest.metrics.values():
        counts = measured.get("confusion") if isinstance(measured, dict) else None
        try:
            seven = np.array(counts, np.float64)
        except (TypeError, ValueError):
            continue
        if seven.shape != (len(EMOTIONS),) * 2:
            continue
        places = [EMOTIONS.index(LEADING[each]) for each in Expression]
        three = seven[np.ix_(places, places)]
        totals = three.sum(axis=1, keepdims=True)
        if np.all(np.isfinite(three)) and np.all(three >= 0) and np.all(totals > 0):
            return tuple(tuple(float(share) for share in row) for row in three / totals)
    return None
