"""The address under which phones reach the unit."""

from __future__ import annotations

import socket

from appliance.config.settings import PhoneSettings

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("::", "")
"""As ``phone.host``: all of the machine's addresses, IPv6 and IPv4."""
IPV4_EVERYWHERE = "0.0.0.0"  # noqa: S104

_PROBES = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""RFC 5737 and 3849: belong to nobody. Connecting a UDP socket sends nothing, it picks a route."""


def lan_address() -> str:
    """The unit's address in its network, IPv4 where it has one; loopback without a network."""
    for family, nobody in _PROBES:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((nobody, 9))
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return LOOPBACK


def phone_base_url(phone: PhoneSettings, port: int) -> str:
    """Without a slash at the end; the operator's ``public_base_url`` goes first."""
    if phone.public_base_url is not None:
        return str(phone.public_base_url).rstrip("/")
    return f"http://{in_url(phone_host(phone))}:{port}"


def phone_host(phone: PhoneSettings) -> str:
    """The address at which the phone page is reached."""
    return lan_address() if _listens_everywhere(phone) else phone.host


def in_url(host: str) -> str:
    """IPv6 addresses stand in brackets there (RFC 3986)."""
    return f"[{host}]" if ":" in host else host


def can_be_reached(phone: PhoneSettings) -> bool:
    """False: without a network a code would lead a phone to itself, so none is shown."""
    is_left_to_the_network = phone.public_base_url is None and _listens_everywhere(phone)
    return not is_left_to_the_network or lan_address() != LOOPBACK


def _listens_everywhere(phone: PhoneSettings) -> bool:
    return phone.host in (*EVERYWHERE, IPV4_EVERYWHERE)
