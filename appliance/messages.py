"""What may enter the control loop's inbox: one union of frozen messages, matched exhaustively."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum

from appliance.domain import (
    AudienceMoment,
    Clip,
    PlaybackEvent,
    RatingSource,
    Sensing,
    Surroundings,
)


class Answer(StrEnum):
    """What the control loop answers once its work is on disk."""

    DONE = "done"
    ALREADY = "already"
    """The same thing was said before; nothing changed (repeating is harmless)."""
    UNKNOWN = "unknown"
    """No such play, or it is too late for it."""


Reply = Future[Answer]
"""Filled in after the commit; the web thread waits for it before it answers."""


@dataclass(frozen=True, slots=True)
class MomentObserved:
    moment: AudienceMoment


@dataclass(frozen=True, slots=True)
class PlaybackReported:
    play_id: str
    event: PlaybackEvent
    position_s: float
    """Seconds of the clip really shown so far."""
    detail: str
    """The browser's own error text, empty otherwise; bounded by the web layer."""
    reply: Reply


@dataclass(frozen=True, slots=True)
class RatingGiven:
    play_id: str
    value: int | None
    """As in ``Rating``."""
    source: RatingSource
    reply: Reply
    stars: int | None = None


@dataclass(frozen=True, slots=True)
class SeenBeforeGiven:
    """Whether somebody who has answered knew the clip."""

    play_id: str
    seen_before: bool
    source: RatingSource
    reply: Reply


@dataclass(frozen=True, slots=True)
class ScreenSkipped:
    """A touch beside the QR code ends that screen."""

    play_id: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class SensingPauseRequested:
    """A passer-by pauses sensing for some minutes (``duration_s``), or resumes it (0)."""

    duration_s: float
    reply: Reply


class StaffWish(StrEnum):
    """What staff want of the camera; a push button can only say "the other way round"."""

    STOP = "stop"
    START = "start"
    TOGGLE = "toggle"


@dataclass(frozen=True, slots=True)
class StaffWished:
    """Staff stop sensing, for as long as they like, or start it again."""

    wish: StaffWish
    for_s: float | None
    """None: until they start it again."""
    reply: Reply


@dataclass(frozen=True, slots=True)
class SensingChanged:
    """The perception loop says whether it sees anything."""

    sensing: Sensing
    trouble: str | None
    """Code of what is missing (``no-camera``, ``no-model``); None: all well."""


@dataclass(frozen=True, slots=True)
class SurroundingsChanged:
    surroundings: Surroundings


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The settings file was read again; who keeps a rule of it takes the new one."""


@dataclass(frozen=True, slots=True)
class ClipPrepared:
    """The files of a dropped clip are in the library's folder; only its row is missing.

    ``reply`` may be cancelled before it is taken: then the files are gone again.
    """

    clip: Clip
    reply: Reply


Message = (
    MomentObserved
    | PlaybackReported
    | RatingGiven
    | SeenBeforeGiven
    | ScreenSkipped
    | SensingPauseRequested
    | StaffWished
    | SensingChanged
    | SurroundingsChanged
    | ClipPrepared
    | SettingsChanged
)
