"""The visit under way, as the session follows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visit:
    """``id`` is None until the store has given one."""

    track_id: int
    id: int | None
    watchers: int
    dwell_s: float
    attention_s: float
