"""A steady expression out of flickering frames: a window with hysteresis."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from appliance.audience.rules import AudienceRules
from appliance.domain import EmotionScores, Expression

MIN_FRAMES = 3
"""Fewer frames never make a steady expression, however slow the processor is."""
MIN_SPAN = 0.6
"""Share of the window that its frames must span before it says anything."""

ExpressionMap = Mapping[Expression, tuple[int, ...]]
"""Which of the seven emotions (by index) add up to which expression; the manifest's."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """What the window says."""

    is_stable: bool
    expression: Expression | None
    confidence: float
    """Mean probability of ``expression`` over the window, 0 when abstained or not stable."""


NOT_YET = Steadiness(is_stable=False, expression=None, confidence=0.0)


class ExpressionWindow:
    """Votes of one face's latest frames.

    An expression becomes stable at ``stable_share`` of the frames and stays so until its share
    falls under ``release_share``; between the two nothing changes, so noise makes no flicker.
    A face that was abstained on in as large a share is steadily unreadable: stable, with no
    expression.
    """

    def __init__(self, rules: AudienceRules, expressions: ExpressionMap) -> None:
        self._rules = rules
        self._expressions = expressions
        self._frames: deque[tuple[float, EmotionScores]] = deque()
        self._state = NOT_YET

    def observe(self, scores: EmotionScores | None, now_s: float) -> Steadiness:
        """Take in one frame; ``scores`` None: the face was not seen or not classified in it."""
        if scores is not None:
            self._frames.append((now_s, scores))
        while self._frames and now_s - self._frames[0][0] > self._rules.window_s:
            self._frames.popleft()
        if self._is_full():
            self._state = self._judge()
        return self._state

    def _is_full(self) -> bool:
        if len(self._frames) < MIN_FRAMES:
            return False
        span_s = self._frames[-1][0] - self._frames[0][0]
        return span_s >= MIN_SPAN * self._rules.window_s

    def _judge(self) -> Steadiness:
        votes = [scores.expression for _, scores in self._frames]
        held = self._state.expression
        if held is not None and votes.count(held) >= self._rules.release_share * len(votes):
            return self._stable(held)
        for expression in Expression:
            if votes.count(expression) >= self._rules.stable_share * len(votes):
                return self._stable(expression)
        if votes.count(None) >= self._rules.stable_share * len(votes):
            return Steadiness(is_stable=True, expression=None, confidence=0.0)
        if self._state.is_stable and held is None and None in votes:
            # Still mostly unreadable: a stray readable frame must not end what was steady.
            return self._state
        return NOT_YET

    def _stable(self, expression: Expression) -> Steadiness:
        emotions = self._expressions[expression]
        mass = sum(
            scores.probabilities[emotion] for _, scores in self._frames for emotion in emotions
        )
        return Steadiness(True, expression, mass / len(self._frames))
