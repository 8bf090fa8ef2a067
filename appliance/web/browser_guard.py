"""Who may talk to the panel app, and the headers that keep a browser from doing more."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

PANEL_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def guard_loopback(app: Flask) -> None:
    """Refuse every request that does not come from a page of this very server.

    Being bound to loopback is not enough: a page from anywhere, open in a browser on this machine,
    could rebind its host name to 127.0.0.1 (hence the Host check), post, or open event streams
    until none is left for the panel (hence Origin and Fetch Metadata, W3C, which browsers send and
    pages cannot set). Following a link to the page itself is allowed.
    """

    @app.before_request
    def refuse_strangers() -> None:
        host = request.headers.get("Host", "")
        if not _is_ours(host, request.environ.get("SERVER_PORT", "80")):
            raise Forbidden("this page answers to its own address on this machine only")
        origin = request.headers.get("Origin")
        if origin not in (None, f"http://{host}") or _is_of_another_page():
            raise Forbidden("requests from other pages are refused")


def _is_of_another_page() -> bool:
    """By the browser's own word; programs without one do not say."""
    headers = request.headers
    if headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return False
    is_followed_link = (
        request.method == "GET"
        and request.path == "/"
        and headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Dest") == "document"
    )
    return not is_followed_link


def _is_ours(host: str, server_port: str) -> bool:
    name, separator, port = host.rpartition(":")
    if not separator or "]" in port:
        name, port = host, "80"
    return name.lower() in LOOPBACK_NAMES and port == server_port


def add_security_headers(app: Flask, content_policy: str) -> None:
    """Content policy, no sniffing, no referrer; nothing is cached unless a route says so."""

    @app.after_request
    def harden(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = content_policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response
