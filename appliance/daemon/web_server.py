"""A web server in its own thread: waitress around one Flask app, with a start and a joined end."""

from __future__ import annotations

import errno
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from appliance.daemon.phone_address import EVERYWHERE
from appliance.daemon.timed_channel import ConnectionRules, TimedChannel, close_late
from appliance.errors import WebError
from appliance.web.refused_once import OncePerKind

logger = logging.getLogger(__name__)
# Else each phone that gives up a request, and each that has to queue in a flood of them, would
# write a line into the unit's log.
logging.getLogger("waitress").setLevel(logging.ERROR)
logging.getLogger("waitress").addFilter(OncePerKind("Web server"))

JOIN_TIMEOUT_S = 10.0
STOP_POLL_S = 0.5
MAX_REQUEST_BYTES = 65_536
"""Waitress takes in a whole body before the app sees it; the apps' own limits are lower."""
MAX_HEADER_BYTES = 16_384


class WebServer:
    """Has its port from construction on and answers between ``start`` and ``stop``.

    ``threads`` is the number of requests served at once; an open event stream takes one of them.
    ``rules`` says how many connections are kept (None: waitress alone decides).
    """

    def __init__(
        self,
        app: Callable[..., Any],
        host: str,
        port: int,
        threads: int,
        name: str,
        rules: ConnectionRules | None = None,
    ) -> None:
        """Raises WebError when the port is taken or the address is not this machine's."""
        self.name = name
        self.host = host
        self._listener = _listen(host, port, name)
        self.port: int = self._listener.getsockname()[1]
        """The real one, also when port 0 asked for any."""
        self._connections: dict[int, Any] = {}
        self._server = create_server(
            app,
            map=self._connections,
            sockets=[self._listener],
            threads=threads,
            ident=None,
            max_request_body_size=MAX_REQUEST_BYTES,
            max_request_header_size=MAX_HEADER_BYTES,
            # Reading ahead is how waitress notices that a stream's page has gone.
            channel_request_lookahead=1,
            channel_timeout=60,
            # Above a server's own places: who comes last must get in to be given one.
            connection_limit=100 + threads + (rules.places if rules else 0),
        )
        self._server.channel_class = TimedChannel
        self._server.connection_rules = rules
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection, let requests under way end, wait for the thread."""
        self._stopping.set()
        if self._thread.ident is None:
            self._close()
        else:
            self.join()

    def join(self) -> None:
        """Wait for the thread's end; says so when it does not come."""
        self._thread.join(JOIN_TIMEOUT_S)
        if self._thread.is_alive():
            logger.error("Web server %s did not stop within %.0f s", self.name, JOIN_TIMEOUT_S)

    def _serve(self) -> None:
        try:
            while not self._stopping.is_set():
                wasyncore.loop(timeout=STOP_POLL_S, use_poll=True, map=self._connections, count=1)
                close_late(list(self._server.active_channels.values()), time.monotonic())
        finally:
            self._close()

    def _close(self) -> None:
        # Connections first: a stream that finds its page gone gives its thread back.
        wasyncore.close_all(self._connections, ignore_all=True)
        self._server.task_dispatcher.shutdown()


def _listen(host: str, port: int, name: str) -> socket.socket:
    where = f"{name} server cannot listen on {host}:{port}"
    if host in EVERYWHERE:
        with suppress(OSError):
            if socket.has_dualstack_ipv6():
                return socket.create_server(
                    ("::", port), family=socket.AF_INET6, dualstack_ipv6=True
                )
        # A kernel without IPv6; whether the port is taken is said by the attempt that follows.
        host = "0.0.0.0"  # noqa: S104
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except OSError as exc:
        raise WebError(f"{where}: {_what_to_do(exc)}") from exc


def _what_to_do(exc: OSError) -> str:
    match exc.errno:
        case errno.EADDRINUSE:
            return "the port is in use; end the other program or set another port"
        case errno.EADDRNOTAVAIL | socket.EAI_NONAME:
            return "not an address of this machine; correct the host setting"
        case errno.EACCES:
            return "ports under 1024 need more rights; set a port of 1024 or more"
        case _:
            return f"{exc.strerror}; correct the host or port setting"
