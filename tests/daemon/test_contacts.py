"""contacts.py: every connection is noted, by its host's name, once; loopback is not."""

from __future__ import annotations

import contextlib
import socket

import pytest

from appliance.daemon.contacts import Contacts


@pytest.fixture(scope="module")
def contacts() -> Contacts:
    """An audit hook stays for the life of the process."""
    return Contacts()


def connect(kind: socket.SocketKind, address: tuple[str, int]) -> None:
    # Datagram sockets send nothing on connect; without a network it fails, which is noted too.
    with socket.socket(socket.AF_INET, kind) as asking, contextlib.suppress(OSError):
        asking.connect(address)


def test_an_address_is_noted_once(contacts: Contacts) -> None:
    for _ in range(2):
        connect(socket.SOCK_DGRAM, ("203.0.113.9", 443))
    assert contacts.asked().count("203.0.113.9:443") == 1


def test_a_host_that_was_looked_up_is_noted_by_its_name(contacts: Contacts) -> None:
    with contextlib.suppress(OSError):
        socket.getaddrinfo("weather.invalid", 8443)
    connect(socket.SOCK_DGRAM, ("203.0.113.10", 8443))
    assert "weather.invalid:8443" in contacts.asked()
    assert "203.0.113.10:8443" not in contacts.asked()


def test_loopback_and_the_question_for_the_own_address_are_not_noted(contacts: Contacts) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect(socket.SOCK_STREAM, server.getsockname())
    connect(socket.SOCK_DGRAM, ("192.0.2.1", 9))
    assert not [each for each in contacts.asked() if each.startswith(("127.", "192.0.2."))]
