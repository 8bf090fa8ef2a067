"""A stretch of time, of a clip or of a video."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """From one second to another, counted from the clip's or the video's beginning."""

    starts_s: float
    ends_s: float

    @property
    def length_s(self) -> float:
        return self.ends_s - self.starts_s
