"""Whom this process has asked for anything since it was started, as Python itself reports it."""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

MAX_CONTACTS = 200
DATAGRAM_PROBE = "192.0.2.1"
"""RFC 5737; connecting a datagram socket to it sends nothing (see ``phone_address``)."""


class Contacts:
    """Begins to listen with construction, for the life of the process; any thread may read.

    The interpreter's audit events (Python documentation, "Audit events table") come from every
    connection that is opened through its own sockets, whichever library asks for it.
    """

    def __init__(self) -> None:
        self._asked: dict[str, None] = {}
        self._looked_up = threading.local()
        sys.addaudithook(self._hear)

    def asked(self) -> tuple[str, ...]:
        """``host:port`` of each, in the order in which they were asked first; loopback left out."""
        return tuple(self._asked)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        # Called for every audited step of the program, so everything else leaves at once.
        if event == "socket.getaddrinfo":
            self._looked_up.host, self._looked_up.port = arguments[0], arguments[1]
        elif event in ("socket.connect", "socket.sendto"):
            self._note(*arguments[:2])

    def _note(self, connecting: Any, address: Any) -> None:
        family = getattr(connecting, "family", None)
        if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple):
            return
        host, port = str(address[0]), address[1]
        if host.startswith("127.") or host in ("::1", "localhost", DATAGRAM_PROBE):
            return
        # A host's name says more than the address it has today.
        if getattr(self._looked_up, "port", None) == port and self._looked_up.host:
            host = str(self._looked_up.host)
        if len(self._asked) < MAX_CONTACTS:
            self._asked[f"{host}:{port}"] = None
