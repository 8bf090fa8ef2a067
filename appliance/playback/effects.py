"""What the session asks the control loop to do, at once and in order; it does nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.domain import Expression


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """A leading face was held: a visit begins. Answer with ``Session.visit_opened``."""

    watchers: int


@dataclass(frozen=True, slots=True)
class CloseVisit:
    """The leader has gone; what is known of the visit goes to the store."""

    visit_id: int
    watchers: int
    """Most faces seen at once during the visit."""
    dwell_s: float
    attention_s: float
    left_during: str | None = None
    """The play that was on for the leader when they left, before its end."""


@dataclass(frozen=True, slots=True)
class ChooseHealing:
    """A clip for the loop. Answer with ``Session.healing_chosen`` (None: there is none)."""


@dataclass(frozen=True, slots=True)
class ChooseShow:
    """A clip for a watcher. Answer with ``Session.show_chosen`` (None: there is none)."""

    expression: Expression | None
    confidence: float
    watchers: int
    exclude: tuple[int, ...]
    """Clips that failed to play just now."""


Effect = OpenVisit | CloseVisit | ChooseHealing | ChooseShow
