"""A weather service of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.surroundings.weather_service import WeatherService, weather_service


@pytest.fixture
def service() -> Iterator[WeatherService]:
    with weather_service() as running:
        yield running
