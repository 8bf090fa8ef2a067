"""A connection of a web server that does not wait for its client for ever."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from waitress.channel import HTTPChannel

from appliance.daemon.request_parser import RequestParser
from appliance.web.rate_limit import RequestCounter, client_of

REQUEST_TIMEOUT_S = 20.0
"""From a request's first byte to its last; whoever drips is cut off, however steadily."""
IDLE_TIMEOUT_S = 60.0
MALFORMED_PER_MINUTE = 20
"""Of one client; further ones are closed without an answer, for they never reach the app."""


@dataclass(frozen=True, slots=True)
class ConnectionRules:
    """How many connections a server keeps, so that nobody takes all of its places."""

    per_client: int
    """A client is an IPv4 address or the /64 network of an IPv6 one."""
    places: int
    """Where all are taken, who holds the most gives up the oldest of them to who comes."""
    malformed: RequestCounter = field(default_factory=RequestCounter)


class TimedChannel(HTTPChannel):  # type: ignore[misc]
    """Waitress's own, with a limit for a whole request and for connections of one client.

    Waitress only closes connections on which nothing at all arrives, by the clock on the wall; so
    one byte now and then, or a clock set back by years, would keep all of its places taken.
    """

    parser_class = RequestParser
    requests: list[Any]

    def __init__(
        self, server: Any, connection: Any, address: Any, *rest: Any, **named: Any
    ) -> None:
        self.waiting_since_s = time.monotonic()
        self.client = client_of(address[0])
        super().__init__(server, connection, address, *rest, **named)
        rules: ConnectionRules | None = server.connection_rules
        if rules is not None:
            self._take_place(rules)

    def received(self, data: bytes) -> bool:
        begun = self.request
        taken = bool(super().received(data))
        if self.request is None or self.request is not begun:
            self.waiting_since_s = time.monotonic()
        return taken

    @property
    def is_busy(self) -> bool:
        """Whether the unit is answering."""
        return bool(self.requests or self.total_outbufs_len)

    def is_late(self, now_s: float) -> bool:
        """Whether the client of a connection that is not busy has had its time."""
        limit_s = IDLE_TIMEOUT_S if self.request is None else REQUEST_TIMEOUT_S
        return now_s - self.waiting_since_s > limit_s

    def service(self) -> None:
        """Answer one request; who sends too many that are none is closed instead."""
        rules: ConnectionRules | None = self.server.connection_rules
        if rules is None or self.requests[0].error is None:
            super().service()
        elif rules.malformed.wait_s(self.client, MALFORMED_PER_MINUTE):
            with self.requests_lock:
                self.requests = []
                self.will_close = True
            self.server.pull_trigger()
        else:
            super().service()

    def _take_place(self, rules: ConnectionRules) -> None:
        held = Counter(channel.client for channel in self._open())
        if held[self.client] > rules.per_client:
            self.will_close = True
        elif held.total() > rules.places:
            # Oldest first, as the server keeps them; max() takes the first of equals.
            spare = [channel for channel in self._open() if not channel.requests]
            max(spare, key=lambda channel: held[channel.client], default=self).will_close = True

    def _open(self) -> list[TimedChannel]:
        channels = self.server.active_channels.values()
        return [channel for channel in channels if not channel.will_close]


def close_late(channels: list[TimedChannel], now_s: float) -> None:
    """To be called by the thread that serves them."""
    for channel in channels:
        if channel.is_busy:
            # The client's time begins when it has its answer.
            channel.waiting_since_s = now_s
        elif channel.is_late(now_s):
            channel.will_close = True
