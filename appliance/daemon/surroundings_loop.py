"""Season and time of day for the choice of healing clips; says when they change."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Literal

from appliance.daemon.worker import Pulse
from appliance.domain import Surroundings
from appliance.messages import Message, SurroundingsChanged
from appliance.surroundings.season import day_time_of, season_of

PERIOD_S = 30.0


def surroundings_at(now: dt.datetime, hemisphere: Literal["north", "south"]) -> Surroundings:
    """What is known of the place at a local time."""
    return Surroundings(season_of(now.date(), hemisphere), day_time_of(now))


class SurroundingsLoop:
    """Looks twice a minute; posts only a change."""

    def __init__(
        self,
        post: Callable[[Message], bool],
        now: Callable[[], dt.datetime],
        hemisphere: Literal["north", "south"],
        first: Surroundings,
    ) -> None:
        self._post = post
        self._now = now
        self._hemisphere = hemisphere
        self._known = first

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        while not stop.wait(PERIOD_S):
            self.look()
            pulse.beat()

    def look(self) -> None:
        """Post the surroundings if they are not what was last posted."""
        current = surroundings_at(self._now(), self._hemisphere)
        if current != self._known and self._post(SurroundingsChanged(current)):
            self._known = current
