"""The event stream: the whole screen at connect and at every change."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import ServiceUnavailable

from appliance.web.panel.panel_unit import PanelUnit

MAX_STREAMS = 8
HEARTBEAT_S = 10.0
POLL_S = 1.0
"""How soon a page that has gone away is noticed and its stream given back."""
RETRY_MS = 1000


class StreamGate:
    """Counts open streams: each occupies a server thread for as long as its page is open."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self._free = threading.Semaphore(limit)
        self._counting = threading.Lock()
        self.open = 0
        """Pages that listen now; for monitoring."""

    def enter(self) -> bool:
        """False: all streams are taken."""
        if not self._free.acquire(blocking=False):
            return False
        with self._counting:
            self.open += 1
        return True

    def leave(self) -> None:
        with self._counting:
            self.open -= 1
        self._free.release()


def events_blueprint(unit: PanelUnit, gate: StreamGate) -> Blueprint:
    """``GET /events``, a stream of server-sent events (WHATWG HTML, section 9.2)."""
    blueprint = Blueprint("events", __name__)

    @blueprint.get("/events")
    def events() -> Response:
        if not gate.enter():
            raise ServiceUnavailable("too many pages are open on this unit", retry_after=5)
        has_gone = request.environ.get("waitress.client_disconnected", lambda: False)
        response = Response(_stream(unit, has_gone), mimetype="text/event-stream")
        # Not in the generator: one that never started does not run its ``finally``.
        response.call_on_close(gate.leave)
        return response

    return blueprint


def _stream(unit: PanelUnit, has_gone: Callable[[], bool]) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    revision = 0
    sent_s = time.monotonic()
    while not has_gone():
        state = unit.feed.wait_newer(revision, POLL_S)
        if state is not None:
            revision = state.revision
            text = json.dumps(unit.snapshot(state), ensure_ascii=False, separators=(",", ":"))
            yield f"id: {state.run_id}-{revision}\ndata: {text}\n\n"
        elif time.monotonic() - sent_s < HEARTBEAT_S:
            continue
        else:
            yield ": still here\n\n"
        sent_s = time.monotonic()
