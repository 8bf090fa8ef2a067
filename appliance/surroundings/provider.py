"""Who can be asked for the weather."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from appliance.domain import Weather


class WeatherProvider(Protocol):
    """A weather service, asked for one place."""

    @property
    def name(self) -> str:
        """For the log and the cache."""

    @property
    def place(self) -> str:
        """The place as the service is told it; another place makes a cached answer void."""

    def current(self, now: dt.datetime) -> Weather:
        """The weather at ``now`` (aware).

        Raises:
            SurroundingsError: not known; the message says why, and holds no secret.
        """
