"""The weather known last, kept in the state directory so that a restart does not forget it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from appliance.domain import Weather

logger = logging.getLogger(__name__)

MAX_BYTES = 4096


@dataclass(frozen=True, slots=True)
class CachedWeather:
    weather: Weather
    seen_at: dt.datetime
    """Aware; by a clock that was right."""


class WeatherCache:
    """One small file; a missing or damaged one is as good as none."""

    def __init__(self, path: Path, source: str) -> None:
        """``source`` names service and place; what another one said is not read back."""
        self._path = path
        self._source = source

    def read(self) -> CachedWeather | None:
        try:
            with self._path.open("rb") as file:
                kept = json.loads(file.read(MAX_BYTES))
            if kept["source"] != self._source:
                return None
            seen_at = dt.datetime.fromisoformat(kept["seen_at"])
            return CachedWeather(Weather(kept["weather"]), seen_at) if seen_at.tzinfo else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, weather: Weather, seen_at: dt.datetime) -> None:
        """Replaced in one step; a full disk costs the cache, not the weather."""
        fresh = self._path.with_suffix(".new")
        content = {
            "source": self._source,
            "weather": weather.value,
            "seen_at": seen_at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        }
        try:
            fresh.write_text(json.dumps(content), encoding="utf-8")
            os.replace(fresh, self._path)
        except OSError as exc:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            logger.debug("The weather cannot be kept in %s: %s", self._path, exc.strerror)
