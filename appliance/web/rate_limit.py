"""How often one phone may ask, so that nobody keeps the unit from answering the others."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections.abc import Callable

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests

WINDOW_S = 60.0
MAX_CLIENTS = 10_000
"""So many are counted at once; whoever was counted first is forgotten first."""
IPV6_NETWORK_BITS = 64
"""One household or phone has a whole network of this size (RFC 6177), so it is counted as one."""


class RequestCounter:
    """Requests of each client in windows of a minute; any thread may ask.

    The monotonic clock counts, since a unit without a clock chip sets its clock by years: a
    library that goes by the clock on the wall would keep clients out until the old date returns.
    """

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}
        """Client -> start of its window, requests in it; in the order of the starts."""

    def wait_s(self, client: str, limit: int) -> float:
        """Count one request; 0: it may be answered, else the seconds until one will be."""
        now_s = self._monotonic_s()
        with self._lock:
            started_s, count = self._windows.get(client, (-math.inf, 0))
            if now_s - started_s >= WINDOW_S:
                self._windows.pop(client, None)
                started_s, count = now_s, 0
            self._windows[client] = started_s, count + 1
            if len(self._windows) > MAX_CLIENTS:
                del self._windows[next(iter(self._windows))]
        return 0.0 if count < limit else started_s + WINDOW_S - now_s

    def __len__(self) -> int:
        return len(self._windows)


def limit_rate(app: Flask, requests_per_minute: Callable[[], int]) -> None:
    """Answer 429 to whoever asks more often, whatever the address they ask for."""
    counter = RequestCounter()

    @app.before_request
    def refuse_the_hasty() -> None:
        wait_s = counter.wait_s(client_of(request.remote_addr), requests_per_minute())
        if wait_s:
            raise TooManyRequests("too many", retry_after=math.ceil(wait_s))


def client_of(address: str | None) -> str:
    """Whose request it is: an IPv4 address, or the network of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK_BITS), strict=False))
