"""What may be true of a play: on the screen first, in order, no longer than time has passed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from appliance.domain import PlaybackEvent
from appliance.errors import PlaybackError

REMEMBERED = 200
"""Plays that were on the screen last; a report waits for the unit for some of them at most."""

ENDED_SHARE = 0.9
ENDED_SLACK_S = 0.5
"""A film is over at ``ENDED_SHARE`` of its length less this at the earliest: what a file says of
its own length may be off by a little."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What is written of a report."""

    event: PlaybackEvent
    position_s: float
    detail: str


@dataclass(slots=True)
class Airing:
    """A play that was put on the screen."""

    duration_s: float
    since_s: float
    """Monotonic: when the page learned of it; the film cannot have begun before."""
    has_begun: bool = False
    reported_end: PlaybackEvent | None = None
    end: Proved | None = None
    """What was written of ``reported_end``; a repetition gets the same."""


class Airtime:
    """The plays of this run of the unit; used by the control loop's thread alone."""

    def __init__(self) -> None:
        self._airings: OrderedDict[str, Airing] = OrderedDict()

    def knows(self, play_id: str) -> bool:
        return play_id in self._airings

    def put_on(self, play_id: str, duration_s: float, now_s: float) -> None:
        """The page is given this clip to show; again: nothing changes."""
        if play_id not in self._airings:
            self.recall(play_id, Airing(duration_s, now_s))

    def recall(self, play_id: str, airing: Airing) -> None:
        """A play that an earlier run of the unit has put on."""
        self._airings[play_id] = airing
        if len(self._airings) > REMEMBERED:
            self._airings.popitem(last=False)

    def take(
        self, play_id: str, event: PlaybackEvent, position_s: float, detail: str, now_s: float
    ) -> Proved:
        """What the page's report proves, its seconds held to the time passed and to the film.

        An ``ended`` that comes before the film can be over is a play that was stopped then.
        Raises PlaybackError for what cannot have happened.
        """
        airing = self._airings.get(play_id)
        if airing is None:
            raise PlaybackError("that clip has not been on the screen")
        if event is PlaybackEvent.PLAYING:
            if airing.end is not None and not airing.has_begun:
                raise PlaybackError(f"'playing' after '{airing.reported_end}'")
            airing.has_begun = True
            return Proved(event, _held(position_s, airing, now_s), detail)
        if airing.end is not None:
            if airing.reported_end is event:
                return airing.end
            raise PlaybackError(f"'{event}' after '{airing.reported_end}'")
        if not airing.has_begun and event is not PlaybackEvent.ERROR:
            raise PlaybackError(f"'{event}' before 'playing'")
        airing.reported_end, airing.end = event, _ending(event, position_s, detail, airing, now_s)
        return airing.end


def _ending(
    event: PlaybackEvent, position_s: float, detail: str, airing: Airing, now_s: float
) -> Proved:
    passed_s = now_s - airing.since_s
    least_s = airing.duration_s * ENDED_SHARE - ENDED_SLACK_S
    if event is PlaybackEvent.ENDED and passed_s < least_s:
        event = PlaybackEvent.STOPPED
        detail = f"'ended' after {passed_s:.1f} s of {airing.duration_s:.1f} s"
    return Proved(event, _held(position_s, airing, now_s), detail)


def _held(position_s: float, airing: Airing, now_s: float) -> float:
    return max(0.0, min(position_s, airing.duration_s, now_s - airing.since_s))
