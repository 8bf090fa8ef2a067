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
    is_everywhere = phone.host in ("0.0.0.0", "::", "")  # noqa: S104
    host = lan_address() if is_everywhere else phone.host
    return f"http://{host}:{port}"
