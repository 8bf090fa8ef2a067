"""Weather needs a place that the operator named."""

from __future__ import annotations

import pytest

from appliance.config.load import parse_settings
from appliance.errors import ConfigError


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(f"[surroundings]\n{text}", where="config.toml")
    return str(caught.value)


@pytest.mark.parametrize("place", ["", "latitude = 37.5", "longitude = 127"])
def test_weather_without_a_place_is_a_mistake(place):
    message = problem(f'weather = "open-meteo"\n{place}')
    assert "latitude and longitude" in message
    assert "surroundings" in message


def test_kma_without_a_key_is_a_mistake():
    assert "kma_service_key_file" in problem('weather = "kma"\nlatitude = 37\nlongitude = 127')


@pytest.mark.parametrize(
    "text",
    ["latitude = nan", "longitude = inf", "latitude = 91", 'weather = "yes"',
     'weather_url = "file:///etc/passwd"', "weather_every_s = 1"],
)  # fmt: skip
def test_impossible_values_are_mistakes(text):
    assert text.split(" ")[0] in problem(text)


def test_by_default_nobody_is_asked():
    assert parse_settings("", where="").surroundings.weather == "off"
