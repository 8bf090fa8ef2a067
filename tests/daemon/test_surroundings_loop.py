"""The surroundings are posted when they change, and only then; weather comes by the settings."""

from __future__ import annotations

import datetime as dt

import pytest

from appliance.config.surroundings_settings import SurroundingsSettings
from appliance.daemon.surroundings_loop import SurroundingsLoop, surroundings_at
from appliance.domain import DayTime, Season, Weather
from appliance.messages import SurroundingsChanged
from tests.fakes import FakeClock
from tests.surroundings.weather_service import weather_service


class Rig:
    def __init__(self, folder, local: dt.datetime, **settings) -> None:
        self.clock = FakeClock(local)
        self.settings = SurroundingsSettings(**settings)
        self.posted: list[SurroundingsChanged] = []
        self.is_full = False
        self.loop = SurroundingsLoop(
            self.post,
            self.clock.now,
            lambda: self.settings,
            folder,
            surroundings_at(local, self.settings.hemisphere),
        )

    def post(self, message) -> bool:
        if not self.is_full:
            self.posted.append(message)
        return not self.is_full

    @property
    def weathers(self) -> list[Weather | None]:
        return [message.surroundings.weather for message in self.posted]


@pytest.fixture
def service():
    with weather_service() as running:
        yield running


def test_surroundings_are_posted_once_per_change(tmp_path):
    rig = Rig(tmp_path, dt.datetime(2026, 2, 28, 16, 59, tzinfo=dt.UTC))
    rig.loop.look()
    assert rig.posted == []
    rig.clock.advance(86_400 + 60)
    rig.loop.look()
    rig.loop.look()
    (message,) = rig.posted
    assert message.surroundings.season is Season.SPRING
    assert message.surroundings.day_time is DayTime.EVENING


def test_surroundings_that_a_full_inbox_refused_are_posted_again(tmp_path):
    rig = Rig(tmp_path, dt.datetime(2026, 2, 28, 16, 59, tzinfo=dt.UTC))
    rig.clock.advance(60)
    rig.is_full = True
    rig.loop.look()
    rig.is_full = False
    rig.loop.look()
    assert len(rig.posted) == 1


def test_nobody_is_asked_for_the_weather_unless_the_settings_say_so(tmp_path, service):
    rig = Rig(tmp_path, dt.datetime(2026, 4, 10, tzinfo=dt.UTC), weather_url=service.url)
    rig.loop.look()
    assert service.asked == []
    assert rig.loop.weather_trouble is None


def test_the_weather_is_posted_follows_the_settings_and_ends_with_them(tmp_path, service):
    rig = Rig(tmp_path, dt.datetime(2026, 4, 10, tzinfo=dt.UTC))
    off = rig.settings
    rig.loop.look()
    rig.settings = SurroundingsSettings(
        weather="open-meteo", latitude=37.5, longitude=127, weather_url=service.url
    )
    rig.loop.look()
    assert rig.weathers == [Weather.RAIN]
    service.says({"current": {"weather_code": 71}})
    rig.clock.advance(rig.settings.weather_every_s)
    rig.loop.look()
    assert rig.weathers == [Weather.RAIN, Weather.SNOW]
    rig.settings = off
    rig.loop.look()
    assert rig.weathers == [Weather.RAIN, Weather.SNOW, None]


def test_a_place_the_service_does_not_know_is_a_trouble_and_no_crash(tmp_path):
    rig = Rig(
        tmp_path,
        dt.datetime(2026, 4, 10, tzinfo=dt.UTC),
        weather="kma",
        latitude=48.9,
        longitude=2.3,
        kma_service_key_file="/nowhere",
    )
    rig.loop.look()
    assert "outside" in rig.loop.weather_trouble
    assert rig.posted == []
