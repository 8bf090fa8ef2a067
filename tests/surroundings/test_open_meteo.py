"""Open-Meteo's documented answer, and everything else that a network may send instead."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import Weather
from appliance.errors import SurroundingsError
from appliance.surroundings.bounded_get import MAX_BYTES, BoundedGet, Patience
from appliance.surroundings.open_meteo import WEATHER_OF_WMO_CODE, OpenMeteo
from tests.surroundings.weather_service import weather_service

NOW = dt.datetime(2026, 4, 10, 14, 0, tzinfo=dt.UTC)
HASTY = Patience(connect_s=1.0, read_s=0.5, total_s=0.8)


def ask(service, patience=None):
    return OpenMeteo(37.566535, 126.977969, BoundedGet(patience), service.url).current(NOW)


def refusal(service, patience=None) -> str:
    with pytest.raises(SurroundingsError) as caught:
        ask(service, patience)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "weather"),
    [
        (0, Weather.CLEAR),
        (1, Weather.CLEAR),
        (2, Weather.CLOUDY),
        (48, Weather.CLOUDY),
        (55, Weather.RAIN),
        (67, Weather.RAIN),
        (99, Weather.RAIN),
        (77, Weather.SNOW),
        (86, Weather.SNOW),
    ],
)
def test_a_code_of_the_table_is_one_of_four_kinds_of_weather(service, code, weather):
    service.says({"latitude": 37.55, "current": {"time": "2026-04-10T05:00", "weather_code": code}})
    assert ask(service) is weather


def test_every_documented_code_has_its_weather():
    documented = {
        0, 1, 2, 3, 45, 48, 51, 53, 55, 56, 57, 61, 63, 65, 66, 67, 71, 73, 75, 77,
        80, 81, 82, 85, 86, 95, 96, 99,
    }  # fmt: skip
    assert set(WEATHER_OF_WMO_CODE) == documented


def test_the_service_is_told_the_place_to_two_decimals_and_nothing_else(service):
    ask(service)
    assert service.asked == [
        (
            "/v1/forecast",
            {"latitude": "37.57", "longitude": "126.98", "current": "weather_code"},
        )
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"<html>login to the guest network</html>",
        b"",
        b"null",
        b"[]",
        b'{"current": 61}',
        b'{"current": {"weather_code": "61"}}',
        b'{"current": {"weather_code": NaN}}',
        b'{"current": {"weather_code": 1e999}}',
        b'{"current": {"weather_code": true}}',
        b'{"current": {"weather_code": 61.5}}',
        b'{"current": {"weather_code": 4}}',
        b'{"current": {"weather_code": [61]}}',
        b'{"current": {"weather_code": null}}',
        b'{"error": true, "reason": "daily limit exceeded"}',
        b"\xff\xfe\x00",
        b"[" * 50_000,
    ],
)
def test_a_wrong_answer_is_no_weather(service, body):
    service.says(body)
    assert refusal(service)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_an_error_status_is_named(service, status):
    service.fails_with(status)
    assert str(status) in refusal(service)


def test_a_redirect_is_not_followed(service):
    with weather_service() as elsewhere:
        service.fails_with(302, Location=elsewhere.url)
        assert "redirects" in refusal(service)
        assert elsewhere.asked == []


def test_an_endless_answer_is_cut_off(service):
    service.pours()
    with pytest.raises(SurroundingsError, match=str(MAX_BYTES)):
        ask(service, Patience(total_s=60))


def test_an_answer_of_exactly_the_limit_is_taken(service):
    body = json.dumps({"current": {"weather_code": 0}}).encode()
    service.says(body + b" " * (MAX_BYTES - len(body)))
    assert ask(service, Patience(total_s=60)) is Weather.CLEAR
    service.says(body + b" " * (MAX_BYTES - len(body) + 1))
    with pytest.raises(SurroundingsError, match="larger"):
        ask(service, Patience(total_s=60))


@pytest.mark.parametrize("header", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-A:"])
def test_a_dripping_answer_does_not_hold_up_who_asks(service, header):
    service.drips(header)
    message = refusal(service, HASTY)
    assert "whole answer" in message or "slowly" in message


def test_while_a_request_hangs_no_other_is_begun(service):
    service.drips(b"HTTP/1.1 200 OK\r\nX-A:")
    get = BoundedGet(Patience(1.0, 5.0, 0.3))
    for wanted in ("whole answer", "still hangs", "still hangs"):
        with pytest.raises(SurroundingsError, match=wanted):
            get.json(service.url, {})
    assert len(service.asked) == 1


def test_an_answered_request_does_not_hang_because_its_thread_ends_late(service, monkeypatch):
    """Python 3.13.5 on a busy machine: the thread lived on for a moment after its answer."""

    class LateThread(threading.Thread):
        def run(self):
            super().run()
            service.closing.wait(1.0)

    monkeypatch.setattr(threading, "Thread", LateThread)
    service.says({"current": {"weather_code": 0}})
    get = BoundedGet(Patience(total_s=60))
    assert get.json(service.url, {}) == get.json(service.url, {})
    assert len(service.asked) == 2


def test_a_service_that_is_down_is_named_without_its_address(service):
    url = service.url
    service.server_close()
    with pytest.raises(SurroundingsError) as caught:
        BoundedGet(HASTY).json(url, {"serviceKey": "secret"})
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None or "secret" not in repr(caught.value.__cause__)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["current", "weather_code", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


class Says:
    """What the network layer hands up: any JSON value."""

    def __init__(self, value: object) -> None:
        self._value = value

    def json(self, url: str, query: object) -> object:
        return self._value


@given(json_values)
def test_any_json_is_weather_or_a_refusal(value):
    try:
        weather = OpenMeteo(0, 0, Says(value)).current(NOW)
    except SurroundingsError:
        return
    assert weather is WEATHER_OF_WMO_CODE[value["current"]["weather_code"]]
