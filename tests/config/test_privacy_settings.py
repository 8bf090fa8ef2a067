"""Quiet hours, the staff's key and pin, and zones: right ones hold, each mistake is named."""

from __future__ import annotations

import datetime as dt

import pytest

from appliance.config.load import parse_settings
from appliance.config.settings import Settings
from appliance.errors import ConfigError


def parsed(text: str) -> Settings:
    return parse_settings(text, where="config.toml")


@pytest.mark.parametrize(
    ("windows", "at", "is_quiet"),
    [
        (["22:00-06:00"], "21:59", False),
        (["22:00-06:00"], "22:00", True),
        (["22:00-06:00"], "05:59", True),
        (["22:00-06:00"], "06:00", False),
        (["12:00-13:00", "20:00-24:00"], "12:30", True),
        (["12:00-13:00", "20:00-24:00"], "23:59", True),
        (["12:00-13:00", "20:00-24:00"], "00:00", False),
        (["00:00-24:00"], "00:00", True),
        ([], "03:00", False),
    ],
)
def test_quiet_hours(windows: list[str], at: str, is_quiet: bool) -> None:
    privacy = parsed(f"[privacy]\nquiet_hours = {windows!r}").privacy
    time = dt.time.fromisoformat(at)
    assert privacy.is_quiet(dt.datetime.combine(dt.date(2026, 4, 10), time)) is is_quiet


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('quiet_hours = ["22-6"]', "write windows as \"22:00-06:00\", not '22-6'"),
        ('quiet_hours = ["25:00-06:00"]', "write windows as"),
        ('quiet_hours = ["20:00-24:30"]', "write windows as"),
        ('quiet_hours = ["08:00-08:00"]', "is empty; the whole day"),
        ('stop_key = "f9"', 'write a key as "F9"'),
        ('stop_key = "Ctrl+"', "write a key as"),
        ("gpio_pin = 28", "privacy.gpio_pin"),
    ],
)
def test_mistakes_are_named(line: str, told: str) -> None:
    with pytest.raises(ConfigError, match="privacy") as caught:
        parsed(f"[privacy]\n{line}")
    assert told in str(caught.value)


def test_keys_and_pins_that_are_right() -> None:
    for key in ("", "F9", "Ctrl+Alt+S", "Shift+F12", "Pause", "7"):
        assert parsed(f'[privacy]\nstop_key = "{key}"\ngpio_pin = 17').privacy.stop_key == key


def test_a_zone_is_read() -> None:
    settings = parsed("[camera]\nignore_zones = [[[0, 0], [0.5, 0], [0.5, 1.0], [0, 1]]]")
    assert settings.camera.ignore_zones == (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)


@pytest.mark.parametrize(
    ("zones", "told"),
    [
        ("[[[0, 0], [0.5, 0], [1.2, 1]]]", "zone 1: 1.2 is outside 0..1"),
        ("[[[0,0],[0.5,0],[0.5,1]], [[0,0],[1,1]]]", "zone 2: a polygon has 3 to 64 points"),
        ("[[[0, 0], [0.5, 0.5], [1, 1]]]", "zone 1: its points lie on one line"),
        ("[[[0, 0], [0.5], [1, 1]]]", "zone 1: [0.5] is no point"),
        ('[[[0, 0], ["a", 0], [1, 1]]]', "zone 1: ['a', 0] is no point"),
        ("[[[0, 0], [nan, 0], [1, 1]]]", "zone 1: nan is outside"),
        ("[[0, 0], [0.5, 0], [0.5, 1]]", "zone 1: a polygon has"),
        ('"left"', "zones are a list of polygons"),
    ],
)
def test_a_wrong_zone_is_told_by_its_number(zones: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"camera\.ignore_zones") as caught:
        parsed(f"[camera]\nignore_zones = {zones}")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
