"""Season, time of day and weather for the choice of healing clips; says when they change."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from appliance.config.surroundings_settings import SurroundingsSettings
from appliance.daemon.clock import Instant
from appliance.daemon.worker import Pulse
from appliance.domain import Surroundings, Weather
from appliance.errors import SurroundingsError
from appliance.messages import Message, SurroundingsChanged
from appliance.surroundings.open_watch import open_watch
from appliance.surroundings.season import day_time_of, season_of
from appliance.surroundings.weather_watch import Now, WeatherWatch

logger = logging.getLogger(__name__)

PERIOD_S = 5.0


def surroundings_at(
    now: dt.datetime, hemisphere: Literal["north", "south"], weather: Weather | None = None
) -> Surroundings:
    """What is known of the place at a local time."""
    return Surroundings(season_of(now.date(), hemisphere), day_time_of(now), weather)


class SurroundingsLoop:
    """Looks every few seconds, asks for the weather as seldom as it is told; posts only a change.

    A slow weather service holds up this thread for some seconds and nobody else.
    """

    def __init__(
        self,
        post: Callable[[Message], bool],
        now: Callable[[], Instant],
        settings: Callable[[], SurroundingsSettings],
        state_dir: Path,
        first: Surroundings,
    ) -> None:
        """``settings`` gives those in force; when they change, the next look goes by them."""
        self._post = post
        self._now = now
        self._settings = settings
        self._state_dir = state_dir
        self._known = first
        self._opened_with: SurroundingsSettings | None = None
        self._watch: WeatherWatch | None = None
        self._trouble: str | None = None

    @property
    def weather_trouble(self) -> str | None:
        """Why there is no fresh weather, for status; None: there is, or nobody is asked."""
        watch = self._watch
        return watch.trouble if watch is not None else self._trouble

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``."""
        while not stop.is_set():
            self.look()
            pulse.beat()
            stop.wait(PERIOD_S)

    def look(self) -> None:
        """Post the surroundings if they are not what was last posted."""
        settings, now = self._settings(), self._now()
        local = now.stamp.local
        if settings != self._opened_with:
            self._open(settings)
        weather = None
        if self._watch is not None:
            weather = self._watch.look(Now(now.monotonic_s, local, now.stamp.is_synced))
        current = surroundings_at(local, settings.hemisphere, weather)
        if current != self._known and self._post(SurroundingsChanged(current)):
            if current.weather is not self._known.weather:
                logger.info("Weather: %s", current.weather or "unknown")
            self._known = current

    def _open(self, settings: SurroundingsSettings) -> None:
        self._opened_with, self._watch, self._trouble = settings, None, None
        try:
            self._watch = open_watch(settings, self._state_dir)
        except SurroundingsError as exc:
            self._trouble = str(exc)
            logger.warning("No weather: %s", exc)
