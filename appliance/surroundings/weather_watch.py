"""Keeps the weather known: asks now and then, remembers, and forgets what is too old."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from appliance.domain import Weather
from appliance.errors import SurroundingsError
from appliance.surroundings.provider import WeatherProvider
from appliance.surroundings.weather_cache import WeatherCache

logger = logging.getLogger(__name__)

FIRST_RETRY_S = 60.0
"""Wait after a failure; it doubles with each further one, up to ``every_s``."""


@dataclass(frozen=True, slots=True)
class WeatherRhythm:
    """In seconds."""

    every_s: float
    """Between two questions."""
    valid_s: float
    """How long an answer counts when no newer one comes."""


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on both clocks."""

    monotonic_s: float
    local: dt.datetime
    """Aware."""
    is_synced: bool
    """The wall clock is right."""


class WeatherWatch:
    """Asked by one thread; a failure is never an exception, only weather that is not known."""

    def __init__(
        self, provider: WeatherProvider, cache: WeatherCache, rhythm: WeatherRhythm
    ) -> None:
        self._provider = provider
        self._cache = cache
        self._rhythm = rhythm
        self._cached = cache.read()
        self._seen: tuple[Weather, float] | None = None
        self._next_look_s = float("-inf")
        self._failures = 0
        self.trouble: str | None = None
        """Why the latest question got no answer; None: it got one, or none was asked yet."""

    def look(self, now: Now) -> Weather | None:
        """Ask if it is time to; the weather now, or None where it is not known."""
        if now.monotonic_s >= self._next_look_s:
            self._ask(now)
        return self._known(now)

    def _ask(self, now: Now) -> None:
        name = self._provider.name
        try:
            weather = self._provider.current(now.local)
        except SurroundingsError as exc:
            self._failures += 1
            wait_s = min(FIRST_RETRY_S * 2 ** min(self._failures - 1, 20), self._rhythm.every_s)
            if self._failures == 1:
                logger.warning("No weather from %s: %s; trying again", name, exc)
            self.trouble = f"{name}: {exc}"
        else:
            if self._failures:
                logger.info("Weather from %s again after %d failure(s)", name, self._failures)
            self._failures, self.trouble = 0, None
            wait_s = self._rhythm.every_s
            self._seen = (weather, now.monotonic_s)
            if now.is_synced:
                self._cache.write(weather, now.local)
        self._next_look_s = now.monotonic_s + wait_s

    def _known(self, now: Now) -> Weather | None:
        if self._seen is not None:
            weather, seen_s = self._seen
            return weather if now.monotonic_s - seen_s <= self._rhythm.valid_s else None
        # What an earlier run was told has a date only, which says nothing to a wrong clock.
        if self._cached is None or not now.is_synced:
            return None
        age_s = (now.local - self._cached.seen_at).total_seconds()
        return self._cached.weather if 0 <= age_s <= self._rhythm.valid_s else None
