"""Asks a weather service for JSON without trusting it: bounded in time, size and destination."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as AnswerTimeoutError
from dataclasses import dataclass
from typing import Any, NoReturn

import requests

from appliance.errors import SurroundingsError

# Its debug lines repeat addresses, and a service key may be in one.
logging.getLogger("urllib3").setLevel(logging.INFO)

MAX_BYTES = 65_536
"""An answer in the documented shape has some hundred bytes, KMA's forecast some 9,000."""

HEADERS = {
    "User-Agent": "maum-signage",
    "Accept": "application/json",
    # Nothing is unpacked, so that a small answer cannot become a large one.
    "Accept-Encoding": "identity",
}


class NotJsonError(SurroundingsError):
    """An answer that is something else."""

    def __init__(self, body: bytes) -> None:
        super().__init__("its answer is not JSON")
        self.body = body
        """As it came; it may repeat the query, so none of it belongs into a message."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Longest waits in seconds."""

    connect_s: float = 4.0
    read_s: float = 4.0
    """For the next bytes."""
    total_s: float = 8.0
    """For the whole answer, however it drips in."""


class BoundedGet:
    """One request at a time; a service that holds it up holds up its own thread alone."""

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._answer: Future[bytes] | None = None

    def json(self, url: str, query: Mapping[str, str]) -> Any:
        """The answer to ``GET url?query``.

        Raises:
            SurroundingsError: no answer in time, no JSON, more than 64 KiB, or not status 200.
                The message never holds the query, because a service key may be in it.
        """
        # Not whether its thread has ended: that may take a moment longer than its answer.
        if self._answer is not None and not self._answer.done():
            raise SurroundingsError("the request before still hangs; waiting for its end")
        answer = self._answer = Future[bytes]()
        # A drip of header bytes renews the socket's timeout for ever, so the limit is kept here.
        threading.Thread(
            target=self._fetch, args=(url, dict(query), answer), name="weather", daemon=True
        ).start()
        try:
            body = answer.result(timeout=self._patience.total_s)
        except AnswerTimeoutError:
            raise SurroundingsError(
                f"no whole answer within {self._patience.total_s:g} s; is the network slow?"
            ) from None
        return _parsed(body)

    def _fetch(self, url: str, query: dict[str, str], answer: Future[bytes]) -> None:
        until_s = time.monotonic() + self._patience.total_s
        try:
            answer.set_result(self._body(url, query, until_s))
        except SurroundingsError as exc:
            answer.set_exception(exc)
        except requests.Timeout:
            answer.set_exception(SurroundingsError("no answer in time; is the network slow?"))
        except (requests.RequestException, OSError, ValueError) as exc:
            # Its text would repeat the address with the key in it.
            answer.set_exception(
                SurroundingsError(f"cannot be reached ({type(exc).__name__}); check the network")
            )
        except Exception as exc:  # noqa: BLE001 -- the top of a thread; the caller waits for it
            answer.set_exception(SurroundingsError(f"broken answer ({type(exc).__name__})"))

    def _body(self, url: str, query: dict[str, str], until_s: float) -> bytes:
        timeout = (self._patience.connect_s, self._patience.read_s)
        with requests.get(
            url, params=query, headers=HEADERS, timeout=timeout, stream=True, allow_redirects=False
        ) as response:
            if response.is_redirect:
                raise SurroundingsError("it redirects elsewhere, which is not followed")
            if response.status_code != 200:
                raise SurroundingsError(f"it answers with status {response.status_code}")
            body = bytearray()
            # Byte by byte: a larger read would wait for all of it, at the sender's pace.
            while piece := response.raw.read(1, decode_content=False):
                body += piece
                if len(body) > MAX_BYTES:
                    raise SurroundingsError(f"its answer is larger than {MAX_BYTES} bytes")
                if time.monotonic() > until_s:
                    raise SurroundingsError("its answer comes too slowly")
            return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJsonError(body) from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
