"""The weather from Open-Meteo: worldwide, without a key."""

from __future__ import annotations

import datetime as dt

from appliance.domain import Weather
from appliance.errors import SurroundingsError
from appliance.surroundings.bounded_get import BoundedGet

URL = "https://api.open-meteo.com/v1/forecast"

WEATHER_OF_WMO_CODE = {
    **dict.fromkeys((0, 1), Weather.CLEAR),
    # Fog and rime fog count as clouds: they take the light, and nobody gets wet.
    **dict.fromkeys((2, 3, 45, 48), Weather.CLOUDY),
    # Drizzle, rain, freezing rain, showers, thunderstorms with and without hail.
    **dict.fromkeys((51, 53, 55, 56, 57, 61, 63, 65, 66, 67, 80, 81, 82, 95, 96, 99), Weather.RAIN),
    **dict.fromkeys((71, 73, 75, 77, 85, 86), Weather.SNOW),
}
"""The codes of WMO table 4677 that Open-Meteo uses ("WMO Weather interpretation codes (WW)" of
https://open-meteo.com/en/docs), as four kinds of weather."""


class OpenMeteo:
    """Told of the place: latitude and longitude in whole hundredths of a degree (about 1 km)."""

    name = "open-meteo"

    def __init__(self, latitude: float, longitude: float, get: BoundedGet, url: str = URL) -> None:
        self._query = {
            "latitude": f"{latitude:.2f}",
            "longitude": f"{longitude:.2f}",
            "current": "weather_code",
        }
        self._get = get
        self._url = url

    @property
    def place(self) -> str:
        return f"{self._query['latitude']},{self._query['longitude']}"

    def current(self, now: dt.datetime) -> Weather:
        """Raises SurroundingsError."""
        match self._get.json(self._url, self._query):
            # The type itself is asked for: True is an int too, and equal to 1.
            case {"current": {"weather_code": code}} if type(code) in (int, float):
                weather = WEATHER_OF_WMO_CODE.get(code)
            case _:
                raise SurroundingsError("its answer has not the documented shape")
        if weather is None:
            raise SurroundingsError(f"it gives the unknown weather code {code!r:.20}")
        return weather
