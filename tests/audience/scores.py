"""Faces and scores for audience tests."""

from __future__ import annotations

from appliance.domain import EMOTIONS, Box, EmotionScores, Expression, Face

EXPRESSIONS = {
    Expression.HAPPY: (EMOTIONS.index("happiness"),),
    Expression.NEUTRAL: (EMOTIONS.index("neutral"),),
    Expression.SAD: (EMOTIONS.index("sadness"),),
}


def scores(expression: Expression | None, confidence: float = 0.7) -> EmotionScores:
    """What a network says that sees ``expression`` with ``confidence``, or abstains."""
    if expression is None:
        probabilities = [1 / 7] * 7
        confidence = 1 / 7
    else:
        probabilities = [(1 - confidence) / 6] * 7
        probabilities[EXPRESSIONS[expression][0]] = confidence
    return EmotionScores(tuple(probabilities), 0.0, 0.0, expression, confidence)


def face(x: float, y: float, height: float, seen: EmotionScores | None = None) -> Face:
    """A face with its centre at (x, y)."""
    half = height / 2
    return Face(Box(x - 0.8 * half, y - half, x + 0.8 * half, y + half), 0.9, seen)
