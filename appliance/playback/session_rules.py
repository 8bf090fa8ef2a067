"""The rules a session goes by: how long each screen stays, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain import Question


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Durations and questions, as the settings name them."""

    hold_s: float = 1.0
    stable_timeout_s: float = 3.0
    show_timeout_s: float = 60.0
    rating_timeout_s: float = 10.0
    thanks_s: float = 1.5
    qr_timeout_s: float = 20.0
    again_after_s: float = 60.0
    question: Question = Question.LIKE
    """``LIKE`` or ``FIVE``."""
    asks_seen_before: bool = False
