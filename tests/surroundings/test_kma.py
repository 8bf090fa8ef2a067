"""KMA's grid, and its two questions: what falls now, and how the sky is."""

from __future__ import annotations

import datetime as dt
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain import Weather
from appliance.errors import SurroundingsError
from appliance.surroundings.bounded_get import BoundedGet
from appliance.surroundings.kma import Kma
from appliance.surroundings.kma_grid import GridCell, grid_cell

SEOUL = (37.5665, 126.9780)
KST = dt.timezone(dt.timedelta(hours=9))
AFTERNOON = dt.datetime(2026, 4, 10, 14, 30, tzinfo=KST)


def observed(precipitation: object) -> dict:
    return answered(
        [
            {"baseDate": "20260410", "baseTime": "1400", "category": category, "nx": 60, "ny": 127,
             "obsrValue": value}
            for category, value in (("PTY", precipitation), ("T1H", "12.3"), ("RN1", "0"))
        ]
    )  # fmt: skip


def forecast(*skies: tuple[str, object]) -> dict:
    return answered(
        [
            {"baseDate": "20260410", "baseTime": "1330", "category": category,
             "fcstDate": "20260410", "fcstTime": hour, "fcstValue": value, "nx": 60, "ny": 127}
            for hour, sky in skies
            for category, value in (("LGT", "0"), ("SKY", sky))
        ]
    )  # fmt: skip


def answered(items: list) -> dict:
    return {
        "response": {
            "header": {"resultCode": "00", "resultMsg": "NORMAL_SERVICE"},
            "body": {"dataType": "JSON", "items": {"item": items}, "pageNo": 1,
                     "numOfRows": 100, "totalCount": len(items)},
        }
    }  # fmt: skip


def refused(code: str) -> dict:
    return {"response": {"header": {"resultCode": code, "resultMsg": "NO_DATA"}}}


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "kma.key"
    path.write_text("abc%2Bdef%3D%3D\n")
    return path


@pytest.fixture
def kma(service, key_file):
    return Kma(*SEOUL, key_file, BoundedGet(), service.url)


def serve(service, **by_operation) -> None:
    """Answers by the last part of the address; a list gives one answer after the other."""

    def answer(handler) -> None:
        operation = handler.path.split("?")[0].rsplit("/", 1)[1]
        told = by_operation[operation]
        content = told.pop(0) if isinstance(told, list) else told
        handler.send(content if isinstance(content, bytes) else json.dumps(content).encode())

    service.answer = answer


@pytest.mark.parametrize(
    ("latitude", "longitude", "x", "y"),
    [
        (37.563569, 126.980008, 60, 127),  # Seoul
        (37.453233, 126.707352, 55, 124),  # Incheon
        (35.177019, 129.076952, 98, 76),  # Busan
        (35.868541, 128.603553, 89, 90),  # Daegu
        (36.347119, 127.386566, 67, 100),  # Daejeon
        (33.485694, 126.500333, 52, 38),  # Jeju
        (38.0, 126.0, 43, 136),  # the projection's origin
    ],
)
def test_known_places_lie_in_their_cells(latitude, longitude, x, y):
    assert grid_cell(latitude, longitude) == GridCell(x, y)


@pytest.mark.parametrize(
    "place", [(48.85, 2.35), (-33.9, 151.2), (0.0, 0.0), (37.5, -126.9), (89.9, 126.0), (-90, 0)]
)
def test_a_place_outside_korea_is_refused(place):
    with pytest.raises(SurroundingsError, match="outside"):
        grid_cell(*place)


@given(st.floats(33, 39), st.floats(125, 130))
def test_a_cell_is_five_kilometres_wide(latitude, longitude):
    here = grid_cell(latitude, longitude)
    north = grid_cell(latitude + 50 / 111.2, longitude)
    assert 8 <= north.y - here.y <= 12
    assert abs(north.x - here.x) <= 1


@pytest.mark.parametrize(
    ("code", "weather"),
    [
        ("1", Weather.RAIN),
        ("2", Weather.RAIN),
        ("3", Weather.SNOW),
        ("5", Weather.RAIN),
        ("6", Weather.RAIN),
        ("7", Weather.SNOW),
    ],
)
def test_what_falls_is_the_weather(service, kma, code, weather):
    serve(service, getUltraSrtNcst=observed(code))
    assert kma.current(AFTERNOON) is weather


@pytest.mark.parametrize(
    ("sky", "weather"), [("1", Weather.CLEAR), ("3", Weather.CLOUDY), ("4", Weather.CLOUDY)]
)
def test_where_nothing_falls_the_next_hours_sky_is_the_weather(service, kma, sky, weather):
    others = ("1900", "1" if sky != "1" else "4")
    serve(service, getUltraSrtNcst=observed("0"), getUltraSrtFcst=forecast(others, ("1500", sky)))
    assert kma.current(AFTERNOON) is weather


def test_the_service_is_asked_for_the_cell_the_hour_and_with_the_plain_key(service, kma):
    serve(service, getUltraSrtNcst=observed("0"), getUltraSrtFcst=forecast(("1500", "1")))
    kma.current(AFTERNOON)
    common = {
        "serviceKey": "abc+def==", "pageNo": "1", "numOfRows": "100", "dataType": "JSON",
        "base_date": "20260410", "nx": "60", "ny": "127",
    }  # fmt: skip
    (_, nowcast), (_, sky) = service.asked
    assert nowcast == common | {"base_time": "1400"}
    assert sky == common | {"base_time": "1330"}


def test_the_key_is_in_no_line_of_the_log(service, kma, caplog):
    caplog.set_level(logging.DEBUG)
    serve(service, getUltraSrtNcst=observed("1"))
    kma.current(AFTERNOON)
    service.fails_with(500)
    with pytest.raises(SurroundingsError):
        kma.current(AFTERNOON)
    assert "serviceKey" not in caplog.text
    assert "abc" not in caplog.text


def test_hours_are_counted_in_korea_and_across_midnight(service, kma):
    serve(service, getUltraSrtNcst=observed("0"), getUltraSrtFcst=forecast(("0000", "1")))
    # 00:05 in Korea: the hour before is the last one served.
    kma.current(dt.datetime(2026, 4, 9, 15, 5, tzinfo=dt.UTC))
    asked = [(query["base_date"], query["base_time"]) for _, query in service.asked]
    assert asked == [("20260409", "2300"), ("20260409", "2330")]


def test_an_hour_that_is_not_there_yet_is_replaced_by_the_one_before(service, kma):
    serve(service, getUltraSrtNcst=[refused("03"), observed("3")])
    assert kma.current(AFTERNOON) is Weather.SNOW
    assert [query["base_time"] for _, query in service.asked] == ["1400", "1300"]


@pytest.mark.parametrize(
    "answer",
    [
        b"<OpenAPI_ServiceResponse>SERVICE_KEY_IS_NOT_REGISTERED_ERROR</OpenAPI_ServiceResponse>",
        refused("22"),
        refused("03"),
        {"response": None},
        {"response": {"header": {"resultCode": 0}}},
        answered([]),
        answered([None, 3, {"category": "PTY"}]),
        observed(None),
        observed("99"),
        observed(["1"]),
        observed(-998.9),
        {"response": {"header": {"resultCode": "00"}, "body": {"items": {"item": "x"}}}},
    ],
)
def test_a_wrong_answer_is_no_weather(service, kma, answer):
    serve(service, getUltraSrtNcst=answer)
    with pytest.raises(SurroundingsError) as caught:
        kma.current(AFTERNOON)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("sky", ["2", "", None, "0"])
def test_an_unknown_sky_is_no_weather(service, kma, sky):
    serve(service, getUltraSrtNcst=observed("0"), getUltraSrtFcst=forecast(("1500", sky)))
    with pytest.raises(SurroundingsError):
        kma.current(AFTERNOON)


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"\xff\xfe", b"k" * 600])
def test_a_useless_key_file_is_named_and_nothing_is_asked(service, kma, key_file, content):
    key_file.write_bytes(content)
    with pytest.raises(SurroundingsError, match=r"kma\.key"):
        kma.current(AFTERNOON)
    assert service.asked == []


def test_a_missing_key_file_is_named_and_a_mended_one_read(service, kma, key_file):
    serve(service, getUltraSrtNcst=observed("1"))
    key_file.unlink()
    with pytest.raises(SurroundingsError, match="kma_service_key_file"):
        kma.current(AFTERNOON)
    key_file.write_text("key")
    assert kma.current(AFTERNOON) is Weather.RAIN


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("30", "SERVICE_KEY_IS_NOT_REGISTERED_ERROR", "the key is not registered"),
        ("22", "LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", "limit for a day is used up"),
        ("31", "DEADLINE_HAS_EXPIRED_ERROR", "the key has expired"),
        ("99", "abc+def==", "it refuses with result code '99'"),
    ],
)
def test_the_gateway_s_refusal_in_xml_says_why_and_never_the_key(
    kma: Kma, service, code: str, message: str, said: str
) -> None:
    """data.go.kr's guide: errors of the gateway come in XML, also where JSON was asked for."""
    xml = (
        "<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg>"
        f"<returnAuthMsg>{message}</returnAuthMsg><returnReasonCode>{code}</returnReasonCode>"
        "</cmmMsgHeader></OpenAPI_ServiceResponse>"
    )
    serve(service, getUltraSrtNcst=xml.encode())
    with pytest.raises(SurroundingsError) as caught:
        kma.current(AFTERNOON)
    assert said in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"<returnReasonCode>abc+def==</x>"])
def test_another_page_is_still_no_json(kma: Kma, service, body: bytes) -> None:
    serve(service, getUltraSrtNcst=body)
    with pytest.raises(SurroundingsError, match="its answer is not JSON"):
        kma.current(AFTERNOON)
