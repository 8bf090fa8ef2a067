"""The weather from the Korea Meteorological Administration (기상청), with a key of data.go.kr."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from appliance.domain import Weather
from appliance.errors import SurroundingsError
from appliance.surroundings.bounded_get import BoundedGet, NotJsonError
from appliance.surroundings.kma_grid import GridCell, grid_cell

URL = "https://apis.data.go.kr/1360000/VilageFcstInfoService_2.0"
KST = dt.timezone(dt.timedelta(hours=9))

NOWCAST, FORECAST = "getUltraSrtNcst", "getUltraSrtFcst"

PRECIPITATION = {
    "0": None,
    "1": Weather.RAIN,
    "2": Weather.RAIN,  # rain and snow: people get wet
    "3": Weather.SNOW,
    "4": Weather.RAIN,  # shower
    "5": Weather.RAIN,  # drops
    "6": Weather.RAIN,  # drops and flying snow
    "7": Weather.SNOW,  # flying snow
}
"""``PTY``, and ``SKY`` below: code values of the short-term forecast service's guide."""

SKY = {"1": Weather.CLEAR, "3": Weather.CLOUDY, "4": Weather.CLOUDY}

NO_DATA = "03"
REFUSALS = {
    "20": "the key may not ask this service; apply for it at data.go.kr",
    "22": "the key's limit for a day is used up; it is asked again, and answers after midnight",
    "30": "the key is not registered; check it (a new one takes an hour or more to be known)",
    "31": "the key has expired; extend it at data.go.kr",
    "32": "the key is not registered for this unit's address; change that at data.go.kr",
}
"""``returnReasonCode`` and ``resultCode``: the error codes of data.go.kr's guide."""

# The gateway refuses in XML whatever was asked for; its text is not repeated, only the code.
_REASON = re.compile(rb"<returnReasonCode>\s*([0-9]{1,2})\s*</returnReasonCode>")

NOWCAST_DELAY = dt.timedelta(minutes=15)
"""Observed on the hour, served some 10 minutes later."""
FORECAST_DELAY = dt.timedelta(minutes=45)
"""Issued at half past, served from a quarter to."""

MAX_KEY_CHARACTERS = 500


class NoDataYetError(SurroundingsError):
    """The hour asked for is not there (yet)."""


class Kma:
    """Told of the place: a cell of its 5-km grid, nothing finer."""

    name = "kma"

    def __init__(
        self, latitude: float, longitude: float, key_file: Path, get: BoundedGet, url: str = URL
    ) -> None:
        """Raises SurroundingsError for a place outside the grid."""
        self._cell: GridCell = grid_cell(latitude, longitude)
        self._key_file = key_file
        self._get = get
        self._url = url.rstrip("/")

    @property
    def place(self) -> str:
        return f"{self._cell.x},{self._cell.y}"

    def current(self, now: dt.datetime) -> Weather:
        """What falls is observed; the observation has no sky, so that comes from the forecast.

        Raises SurroundingsError.
        """
        falling = self._observed_precipitation(now.astimezone(KST))
        if falling not in PRECIPITATION:
            raise SurroundingsError(f"it gives the unknown precipitation code {falling!r:.20}")
        weather = PRECIPITATION[falling] or SKY.get(sky := self._forecast_sky(now.astimezone(KST)))
        if weather is None:
            raise SurroundingsError(f"it gives the unknown sky code {sky!r:.20}")
        return weather

    def _observed_precipitation(self, now: dt.datetime) -> str:
        served = now - NOWCAST_DELAY
        try:
            items = self._items(NOWCAST, served.replace(minute=0))
        except NoDataYetError:
            items = self._items(NOWCAST, served.replace(minute=0) - dt.timedelta(hours=1))
        return _value(items, "PTY", "obsrValue")

    def _forecast_sky(self, now: dt.datetime) -> str:
        items = self._items(FORECAST, (now - FORECAST_DELAY).replace(minute=30))
        # Items of six hours; the earliest is the nearest to now.
        items.sort(key=lambda item: (str(item.get("fcstDate")), str(item.get("fcstTime"))))
        return _value(items, "SKY", "fcstValue")

    def _items(self, operation: str, base: dt.datetime) -> list[Mapping[str, Any]]:
        try:
            answer = self._get.json(f"{self._url}/{operation}", self._query(base))
        except NotJsonError as exc:
            if reason := _REASON.search(exc.body):
                raise _refusal(reason[1].decode("ascii")) from None
            raise
        match answer:
            case {
                "response": {"header": {"resultCode": "00"}, "body": {"items": {"item": [*found]}}}
            }:
                return [item for item in found if isinstance(item, Mapping)]
            case {"response": {"header": {"resultCode": str(code)}}}:
                raise _refusal(code)
            case _:
                raise SurroundingsError("its answer has not the documented shape")

    def _query(self, base: dt.datetime) -> dict[str, str]:
        return {
            "serviceKey": self._key(),
            "pageNo": "1",
            "numOfRows": "100",
            "dataType": "JSON",
            "base_date": f"{base:%Y%m%d}",
            "base_time": f"{base:%H%M}",
            "nx": str(self._cell.x),
            "ny": str(self._cell.y),
        }

    def _key(self) -> str:
        """Read each time, so that a mended file needs no restart."""
        try:
            with self._key_file.open(encoding="ascii") as file:
                key = file.read(MAX_KEY_CHARACTERS + 1).strip()
        except OSError as exc:
            raise SurroundingsError(
                f"cannot read surroundings.kma_service_key_file {self._key_file}: {exc.strerror}"
            ) from exc
        except UnicodeDecodeError:
            key = ""
        if not key or len(key) > MAX_KEY_CHARACTERS or not key.isprintable() or " " in key:
            raise SurroundingsError(
                f"{self._key_file} holds no service key; put the key of data.go.kr on one line"
            )
        # data.go.kr shows each key twice, once with its special characters already escaped.
        return unquote(key)


def _refusal(code: str) -> SurroundingsError:
    if code == NO_DATA:
        return NoDataYetError("it has no data for this hour")
    if code in REFUSALS:
        return SurroundingsError(f"{REFUSALS[code]} (code {code})")
    return SurroundingsError(f"it refuses with result code {code[:4]!r}; see its guide")


def _value(items: list[Mapping[str, Any]], category: str, field: str) -> str:
    for item in items:
        value = item.get(field)
        if item.get("category") == category and isinstance(value, str | int):
            return str(value)
    raise SurroundingsError(f"its answer lacks {category}")
