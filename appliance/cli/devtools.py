"""Asks the kiosk browser about the panel's page, through DevTools on loopback.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from appliance.errors import WebError

LOOPBACK: Final = "127.0.0.1"
_OWN_HOSTS: Final = frozenset({LOOPBACK, "localhost", "::1"})
_TIMEOUT_S: Final = 3.0
_ANSWER_TIMEOUT_S: Final = 10.0
_MAX_LIST_BYTES: Final = 1_000_000
_MAX_ANSWER_BYTES: Final = 64_000_000
_PAGE_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)

Answer = TypeVar("Answer")


class NoBrowserError(WebError):
    """No browser that shows the panel can be asked."""


def ask_page(
    devtools_port: int,
    panel_port: int,
    method: str,
    parameters: Mapping[str, Any],
    read: Callable[[dict[str, Any]], Answer],
) -> Answer:
    """What ``read`` makes of the answer of the page that shows the panel.

    ``read`` raises ValueError when the answer is none. Raises NoBrowserError: no DevTools there or
    no page of the panel's; WebError: no answer came.
    """
    page_id = _page_id(devtools_port, panel_port)
    # Not the address the list gives: that could lead anywhere.
    url = f"ws://{LOOPBACK}:{devtools_port}/devtools/page/{page_id}"
    try:
        with connect(
            url,
            open_timeout=_TIMEOUT_S,
            close_timeout=1,
            max_size=_MAX_ANSWER_BYTES,
            compression=None,
            proxy=None,
        ) as socket:
            socket.send(json.dumps({"id": 1, "method": method, "params": dict(parameters)}))
            end_s = time.monotonic() + _ANSWER_TIMEOUT_S
            while True:
                answer = json.loads(socket.recv(timeout=max(0.0, end_s - time.monotonic())))
                if isinstance(answer, dict) and answer.get("id") == 1:
                    return read(answer)
    except (OSError, WebSocketException, ValueError, RecursionError) as exc:
        raise WebError(f"the browser gave no answer ({_reason(exc)})") from exc


def _page_id(devtools_port: int, panel_port: int) -> str:
    try:
        pages = json.loads(_list_of_pages(devtools_port))
        for page in pages:
            if page["type"] == "page" and _is_panel(page["url"], panel_port):
                if _PAGE_ID.fullmatch(page["id"]) is None:
                    raise ValueError("no page id")
                return str(page["id"])
    except requests.ConnectionError as exc:
        raise NoBrowserError(f"no browser answers on port {devtools_port}") from exc
    except (requests.RequestException, ValueError, KeyError, TypeError, RecursionError) as exc:
        raise NoBrowserError(
            f"what answers on port {devtools_port} is no browser's DevTools"
        ) from exc
    raise NoBrowserError(
        f"the browser on port {devtools_port} shows no page of http://{LOOPBACK}:{panel_port}"
    )


def _list_of_pages(port: int) -> bytes:
    with requests.Session() as session:
        # No proxy of the environment: this must not leave the machine.
        session.trust_env = False
        answer = session.get(
            f"http://{LOOPBACK}:{port}/json/list",
            timeout=_TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        )
        with closing(answer):
            if answer.status_code != 200:
                raise ValueError(f"status {answer.status_code}")
            text, end_s = b"", time.monotonic() + _TIMEOUT_S
            for chunk in answer.iter_content(65_536):
                text += chunk
                if len(text) > _MAX_LIST_BYTES or time.monotonic() > end_s:
                    raise ValueError("too much or too slow")
            return text


def _is_panel(url: str, panel_port: int) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port or 80
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in _OWN_HOSTS and port == panel_port


def _reason(exc: BaseException) -> str:
    return " ".join(str(exc).split())[:160] or type(exc).__name__
