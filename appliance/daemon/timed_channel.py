"""A connection of a web server that does not wait for its client for ever."""

from __future__ import annotations

import time
from typing import Any

from waitress.channel import HTTPChannel

REQUEST_TIMEOUT_S = 20.0
"""From a request's first byte to its last; whoever drips is cut off, however steadily."""
IDLE_TIMEOUT_S = 60.0


class TimedChannel(HTTPChannel):  # type: ignore[misc]
    """Waitress's own, with a limit for a whole request and for connections of one address.

    Waitress only closes connections on which nothing at all arrives, by the clock on the wall; so
    one byte now and then, or a clock set back by years, would keep all of its places taken.
    """

    def __init__(self, server: Any, *arguments: Any, **named: Any) -> None:
        self.waiting_since_s = time.monotonic()
        super().__init__(server, *arguments, **named)
        most = server.connections_per_address
        if most is not None and self._of_same_address() > most:
            self.will_close = True

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

    def _of_same_address(self) -> int:
        return sum(
            channel.addr[0] == self.addr[0] for channel in self.server.active_channels.values()
        )


def close_late(channels: list[TimedChannel], now_s: float) -> None:
    """To be called by the thread that serves them."""
    for channel in channels:
        if channel.is_busy:
            # The client's time begins when it has its answer.
            channel.waiting_since_s = now_s
        elif channel.is_late(now_s):
            channel.will_close = True
