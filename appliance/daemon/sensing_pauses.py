"""Why the camera is closed: staff stopped it, quiet hours, or a passer-by's touch."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from appliance.daemon.clock import Instant
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.domain import PausedBy
from appliance.messages import StaffWish
from appliance.store.sensing_stop import SensingStop

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Pause:
    until_s: float | None
    """Monotonic; None: until it is ended."""


class SensingPauses:
    """Each cause stands for itself: who ends one does not end another's.

    Set up by the main thread before the camera's thread begins, then used by the control loop's
    alone; the switch tells the camera's thread.
    """

    def __init__(
        self,
        switch: SensingSwitch,
        is_quiet: Callable[[dt.datetime], bool] = lambda local: False,
    ) -> None:
        """``is_quiet``: whether a local time lies in the quiet hours in force."""
        self._switch = switch
        self._is_quiet = is_quiet
        self._visitor: _Pause | None = None
        self._staff: _Pause | None = None
        self._quiet = False

    @property
    def cause(self) -> PausedBy | None:
        """The one that matters most; None: the camera may look."""
        if self._staff is not None:
            return PausedBy.STAFF
        if self._quiet:
            return PausedBy.QUIET_HOURS
        return PausedBy.VISITOR if self._visitor is not None else None

    @property
    def until_s(self) -> float | None:
        """When that cause ends, monotonic; None: it has no end, or none that is known."""
        match self.cause:
            case PausedBy.STAFF:
                return self._staff.until_s if self._staff else None
            case PausedBy.VISITOR:
                return self._visitor.until_s if self._visitor else None
            case _:
                return None

    def restore(self, stop: SensingStop | None, now: Instant) -> None:
        """At the start of the unit, before the camera is opened."""
        left_s = stop.left_s(now.stamp) if stop else 0.0
        if stop is not None and left_s != 0:
            self._staff = _Pause(None if left_s is None else now.monotonic_s + left_s)
            logger.info("Sensing stays stopped by staff")
        self.pass_time(now)

    def by_visitor(self, duration_s: float, now: Instant) -> None:
        """A touch pauses for a while; 0 ends that pause, and no other."""
        self._visitor = _Pause(now.monotonic_s + duration_s) if duration_s > 0 else None
        if duration_s > 0:
            logger.info("Sensing paused for %.0f s by touch", duration_s)
        else:
            logger.info("The pause by touch is over")
        self._tell()

    def by_staff(self, wish: StaffWish, for_s: float | None, now: Instant) -> SensingStop | None:
        """Returns what is to be remembered over a restart; None: nothing is stopped."""
        is_stop = wish is StaffWish.STOP or (wish is StaffWish.TOGGLE and self._staff is None)
        if is_stop:
            self._staff = _Pause(None if for_s is None else now.monotonic_s + for_s)
            how_long = "until it is started again" if for_s is None else f"for {for_s:.0f} s"
            logger.info("Sensing stopped by staff, %s", how_long)
        else:
            # Staff who want it to look mean it, whoever has paused it.
            self._staff = self._visitor = None
            logger.info("Sensing started by staff")
        self._tell()
        return SensingStop.from_now(for_s, now.stamp) if is_stop else None

    def pass_time(self, now: Instant) -> bool:
        """Whether the staff's stop has just run out."""
        is_over = _is_over(self._staff, now)
        if is_over:
            self._staff = None
            logger.info("The time is over for which staff had stopped sensing")
        if _is_over(self._visitor, now):
            self._visitor = None
            logger.info("The pause by touch is over")
        quiet = self._is_quiet(now.stamp.local)
        if quiet is not self._quiet:
            self._quiet = quiet
            logger.info("Quiet hours %s", "begin: the camera is closed" if quiet else "end")
        self._tell()
        return is_over

    def _tell(self) -> None:
        if self.cause is None:
            self._switch.resume()
        else:
            self._switch.pause()


def _is_over(pause: _Pause | None, now: Instant) -> bool:
    return pause is not None and pause.until_s is not None and now.monotonic_s >= pause.until_s
