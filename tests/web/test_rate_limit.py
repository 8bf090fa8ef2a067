"""Requests are counted per phone, whatever they ask for and whatever the clock does."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.web import rate_limit
from appliance.web.rate_limit import WINDOW_S, RequestCounter, client_of
from tests.web.phone_place import PhonePlace


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_minute_after_the_first_request_the_count_begins_anew() -> None:
    clock = Clock()
    counter = RequestCounter(clock)
    assert [counter.wait_s("a", 2) for _ in range(2)] == [0, 0]
    clock.now_s += 20
    assert counter.wait_s("a", 2) == WINDOW_S - 20
    assert counter.wait_s("b", 2) == 0
    clock.now_s += 40
    assert counter.wait_s("a", 2) == 0


def test_no_more_clients_are_remembered_than_memory_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rate_limit, "MAX_CLIENTS", 3)
    counter = RequestCounter(Clock())
    for number in range(10):
        assert counter.wait_s(str(number), 1) == 0
    assert len(counter) == 3
    # The one that was counted last is still known.
    assert counter.wait_s("9", 1) > 0


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.168.0.7", "192.168.0.7"),
        ("::ffff:192.168.0.7", "192.168.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_a_phone_is_known_by_its_address_or_its_network(address: str | None, client: str) -> None:
    assert client_of(address) == client


def test_all_of_a_phone_s_requests_count_together(tmp_path: Path) -> None:
    """Guessing addresses, wrong methods and forged links are requests like any other."""
    place = PhonePlace(tmp_path, has_starters=False, phone={"requests_per_minute": 5})
    client = place.app().test_client()
    codes = [
        client.get("/nothing/here").status_code,
        client.get("/c/forged").status_code,
        client.delete("/").status_code,
        client.get("/robots.txt").status_code,
        client.post("/c/forged/rating").status_code,
    ]
    assert 429 not in codes
    refused = client.get("/nothing/else")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW_S
    place.database.close()
