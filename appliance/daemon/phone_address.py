"""The address under which phones reach the unit."""

from __future__ import annotations

import socket

from appliance.config.settings import PhoneSettings

LOOPBACK = "127.0.0.1"
DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)
"""RFC 5737: belongs to nobody. Connecting a UDP socket sends nothing, it only picks a route."""


def lan_address() -> str:
    """The unit's address in its network; loopback without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(DOCUMENTATION_ADDRESS)
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def phone_base_url(phone: PhoneSettings, port: int) -> str:
    """Without a slash at the end; the operator's ``public_base_url`` goes first."""
    if phone.public_base_url is not None:
        return str(phone.public_base_url).rstrip("/")
    host = lan_address() if _listens_everywhere(phone) else phone.host
    return f"http://{host}:{port}"


def can_be_reached(phone: PhoneSettings) -> bool:
    """False: without a network a code would lead a phone to itself, so none is shown."""
    is_left_to_the_network = phone.public_base_url is None and _listens_everywhere(phone)
    return not is_left_to_the_network or lan_address() != LOOPBACK


def _listens_everywhere(phone: PhoneSettings) -> bool:
    return phone.host in ("0.0.0.0", "::", "")  # noqa: S104
