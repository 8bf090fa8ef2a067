"""The numbers by which faces become a visitor with an expression."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """Settings of the audience; what each does is said where it is declared in the settings."""

    leave_after_s: float = 2.0
    """A track ends when it is unseen for longer."""
    window_s: float = 1.0
    """Window over which an expression must be steady."""
    stable_share: float = 0.6
    """Share of the window's frames that makes an expression the stable one."""
    release_share: float = 0.35
    """Under this share the stable expression is given up; at most ``stable_share``."""
    min_face_px: float = 40.0
    """Height under which a face cannot become the leader."""
    lead_confidence: float = 0.5
    """Confidence under which a face cannot become the leader. Above the detector's operating point:
    a stray detection may count as a watcher for a moment, but must not start a visit."""
    fixture_after_s: float = 180.0
    """A face that neither moved nor changed for so long belongs to the place."""
