"""The last known weather counts for its time, whatever the service does; then it is unknown."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import Weather
from appliance.errors import SurroundingsError
from appliance.surroundings.bounded_get import BoundedGet, Patience
from appliance.surroundings.open_meteo import OpenMeteo
from appliance.surroundings.weather_cache import MAX_BYTES, WeatherCache
from appliance.surroundings.weather_watch import Now, WeatherRhythm, WeatherWatch

START = dt.datetime(2026, 4, 10, 5, 0, tzinfo=dt.UTC)
RHYTHM = WeatherRhythm(every_s=900, valid_s=3600)


def at(elapsed_s: float, is_synced: bool = True) -> Now:
    return Now(1000 + elapsed_s, START + dt.timedelta(seconds=elapsed_s), is_synced)


@pytest.fixture
def cache(tmp_path):
    return WeatherCache(tmp_path / "weather.json", "open-meteo 37.57,126.98")


@pytest.fixture
def open_watch(service, cache):
    def opened() -> WeatherWatch:
        get = BoundedGet(Patience(connect_s=2.0, read_s=2.0, total_s=3.0))
        return WeatherWatch(OpenMeteo(37.57, 126.98, get, service.url), cache, RHYTHM)

    return opened


def is_down(service):
    service.server_close()


BAD_DAYS = {
    "html": lambda service: service.says(b"<html>"),
    "another shape": lambda service: service.says({"weather": "nice"}),
    "not a number": lambda service: service.says(b'{"current": {"weather_code": NaN}}'),
    "a string": lambda service: service.says({"current": {"weather_code": "0"}}),
    "endless": lambda service: service.pours(),
    "drips headers": lambda service: service.drips(b"HTTP/1.1 200 OK\r\nX-A:"),
    "drips a body": lambda service: service.drips(b"HTTP/1.1 200 OK\r\n\r\n"),
    "too many": lambda service: service.fails_with(429),
    "broken": lambda service: service.fails_with(500),
    "elsewhere": lambda service: service.fails_with(307, Location="http://127.0.0.1:9/"),
    "down": is_down,
}


@pytest.mark.parametrize("bad_day", BAD_DAYS.values(), ids=BAD_DAYS)
def test_the_last_weather_stays_for_its_time_and_is_then_unknown(service, open_watch, bad_day):
    watch = open_watch()
    assert watch.look(at(0)) is Weather.RAIN
    bad_day(service)
    assert watch.look(at(900)) is Weather.RAIN
    assert watch.trouble is not None
    assert watch.look(at(3600)) is Weather.RAIN
    assert watch.look(at(3601)) is None


def test_the_service_is_asked_no_oftener_than_it_should(service, open_watch):
    watch = open_watch()
    for elapsed_s in range(0, 1800, 5):
        watch.look(at(elapsed_s))
    assert len(service.asked) == 2


def test_after_failures_the_waits_double_up_to_the_usual_one(service, open_watch):
    service.fails_with(500)
    watch = open_watch()
    asked_at = []
    for elapsed_s in range(0, 4000, 5):
        before = len(service.asked)
        watch.look(at(elapsed_s))
        if len(service.asked) > before:
            asked_at.append(elapsed_s)
    assert asked_at == [0, 60, 180, 420, 900, 1800, 2700, 3600]


def test_a_trouble_is_logged_once_and_its_end_too(service, open_watch, caplog):
    caplog.set_level(logging.INFO)
    service.fails_with(500)
    watch = open_watch()
    for elapsed_s in (0, 60, 180):
        watch.look(at(elapsed_s))
    service.says({"current": {"weather_code": 71}})
    assert watch.look(at(420)) is Weather.SNOW
    assert watch.trouble is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "500" in caplog.messages[0]


def test_a_restart_offline_goes_on_with_the_weather_known_before(service, open_watch):
    open_watch().look(at(0))
    service.fails_with(500)
    restarted = open_watch()
    assert restarted.look(at(1800)) is Weather.RAIN
    assert restarted.look(at(3601)) is None


def test_a_wrong_clock_neither_writes_nor_believes_the_cache(service, open_watch, cache):
    assert open_watch().look(at(0, is_synced=False)) is Weather.RAIN
    assert cache.read() is None
    open_watch().look(at(0))
    service.fails_with(500)
    restarted = open_watch()
    assert restarted.look(at(60, is_synced=False)) is None
    assert restarted.look(at(61)) is Weather.RAIN


def test_weather_from_the_future_is_not_believed(service, open_watch, cache):
    cache.write(Weather.SNOW, START + dt.timedelta(hours=1))
    service.fails_with(500)
    assert open_watch().look(at(0)) is None


def test_another_place_or_service_does_not_read_this_ones_cache(tmp_path, cache):
    cache.write(Weather.SNOW, START)
    assert cache.read() is not None
    assert WeatherCache(tmp_path / "weather.json", "kma 60,127").read() is None


@given(content=st.binary(max_size=200))
def test_a_damaged_cache_is_as_good_as_none(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_bytes(content)
    assert WeatherCache(path, "x").read() is None


@pytest.mark.parametrize(
    "content",
    [
        '{"source": "x", "weather": "hail", "seen_at": "2026-04-10T05:00:00+00:00"}',
        '{"source": "x", "weather": "rain", "seen_at": "2026-04-10T05:00:00"}',
        '{"source": "x", "weather": "rain", "seen_at": 5}',
        '{"source": "x", "weather": ["rain"], "seen_at": "2026-04-10T05:00:00+00:00"}',
        '{"source": "x"}',
        "[" * 4000,
        " " * MAX_BYTES + "{}",
    ],
)
def test_a_cache_of_another_shape_is_as_good_as_none(tmp_path, content):
    path = tmp_path / "weather.json"
    path.write_text(content)
    assert WeatherCache(path, "x").read() is None


def test_a_cache_that_cannot_be_written_costs_nothing_else(service, tmp_path):
    cache = WeatherCache(tmp_path / "missing" / "weather.json", "x")
    watch = WeatherWatch(OpenMeteo(1, 2, BoundedGet(), service.url), cache, RHYTHM)
    assert watch.look(at(0)) is Weather.RAIN


class Moody:
    """A service whose every answer the test decides."""

    name = "moody"
    place = "here"

    def __init__(self, answers: list[Weather | None]) -> None:
        self._answers = answers

    def current(self, now: dt.datetime) -> Weather:
        answer = self._answers.pop(0) if self._answers else None
        if answer is None:
            raise SurroundingsError("no mood")
        return answer


@given(
    st.lists(st.sampled_from([None, *Weather]), max_size=12),
    st.lists(st.floats(1, 2000), max_size=30),
)
def test_nothing_older_than_its_validity_is_ever_told(tmp_path_factory, answers, waits):
    cache = WeatherCache(tmp_path_factory.getbasetemp() / "none" / "weather.json", "moody")
    moody = Moody(list(answers))
    watch = WeatherWatch(moody, cache, RHYTHM)
    elapsed_s, told, told_at_s = 0.0, None, 0.0
    for wait_s in [0.0, *waits]:
        elapsed_s += wait_s
        left = len(moody._answers)
        known = watch.look(at(elapsed_s))
        for answer in answers[len(answers) - left : len(answers) - len(moody._answers)]:
            if answer is not None:
                told, told_at_s = answer, elapsed_s
        expected = told if told is not None and elapsed_s - told_at_s <= 3600 else None
        assert known is expected
