"""The one page that speaks for the unit's screen: known by its key, alive by its frames."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable

from flask import Blueprint, request
from pydantic import Field
from werkzeug.exceptions import Forbidden

from appliance.web.strict_body import Body, read_body

HEADER = "X-Page-Key"

SILENT_S = 20.0
"""A page that lives is heard every three seconds; a busy unit may lose some of that."""


class PageLink:
    """What is known of that page; may be used from any thread."""

    def __init__(self, key: str, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """``key`` is handed to the page alone, in the part of its address that is never sent."""
        self._key = key.encode()
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._heard_s = monotonic_s()
        self._has_lived = False
        self.refused = 0
        """Requests that only the page may make, and that came without its key."""

    def demand_key(self) -> None:
        """Raises Forbidden where the current request does not come from the page."""
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if hmac.compare_digest(given, self._key):
            return
        with self._lock:
            self.refused += 1
        raise Forbidden("only the unit's own page may say this; open the address with its key")

    def heard(self) -> None:
        """Its frames go on."""
        with self._lock:
            self._heard_s, self._has_lived = self._monotonic_s(), True

    @property
    def silent_s(self) -> float:
        """Seconds since its frames were last known to go on, at first since the unit's start."""
        with self._lock:
            return self._monotonic_s() - self._heard_s

    @property
    def troubles(self) -> tuple[str, ...]:
        """For status: a page that was there and hangs, or is gone."""
        is_silent = self.silent_s > SILENT_S
        return ("page-silent",) if self._has_lived and is_silent else ()


class AliveBody(Body):
    frames: int = Field(ge=1, le=2**53)


def page_link_blueprint(link: PageLink) -> Blueprint:
    """``POST /alive``: the page's frames went on since it said so last."""
    blueprint = Blueprint("page_link", __name__)

    @blueprint.post("/alive")
    def alive() -> dict[str, str]:
        link.demand_key()
        read_body(AliveBody)
        link.heard()
        return {"answer": "done"}

    return blueprint
