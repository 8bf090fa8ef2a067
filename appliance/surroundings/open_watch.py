"""The weather service that the settings name, ready to be asked."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from appliance.config.surroundings_settings import SurroundingsSettings
from appliance.surroundings import kma, open_meteo
from appliance.surroundings.bounded_get import BoundedGet
from appliance.surroundings.provider import WeatherProvider
from appliance.surroundings.weather_cache import WeatherCache
from appliance.surroundings.weather_watch import WeatherRhythm, WeatherWatch

CACHE_NAME = "weather.json"


def open_provider(settings: SurroundingsSettings) -> WeatherProvider | None:
    """None: nobody is asked.

    Raises:
        SurroundingsError: the place is none that the service knows.
    """
    # The settings hold both where weather is on; this tells the type checker so.
    if settings.weather == "off" or settings.latitude is None or settings.longitude is None:
        return None
    mirror = str(settings.weather_url) if settings.weather_url else None
    latitude, longitude, get = settings.latitude, settings.longitude, BoundedGet()
    if settings.weather == "kma":
        key_file = Path(settings.kma_service_key_file)
        return kma.Kma(latitude, longitude, key_file, get, mirror or kma.URL)
    return open_meteo.OpenMeteo(latitude, longitude, get, mirror or open_meteo.URL)


def asked_service(settings: SurroundingsSettings) -> tuple[str, int] | None:
    """Host and port of the one service that is asked for the weather; None: nobody is asked."""
    if settings.weather == "off":
        return None
    usual = kma.URL if settings.weather == "kma" else open_meteo.URL
    parts = urlsplit(str(settings.weather_url) if settings.weather_url else usual)
    return parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)


def open_watch(settings: SurroundingsSettings, state_dir: Path) -> WeatherWatch | None:
    """None: nobody is asked. Raises SurroundingsError as ``open_provider`` does."""
    provider = open_provider(settings)
    if provider is None:
        return None
    return WeatherWatch(
        provider,
        WeatherCache(state_dir / CACHE_NAME, f"{provider.name} {provider.place}"),
        WeatherRhythm(settings.weather_every_s, settings.weather_valid_s),
    )
