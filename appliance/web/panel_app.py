"""The panel app: the page on the unit's own screen, its event stream and what it reports."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from appliance.config import Settings
from appliance.messages import Message
from appliance.web.browser_guard import PANEL_POLICY, add_security_headers, guard_loopback
from appliance.web.panel.events import MAX_STREAMS, StreamGate, events_blueprint
from appliance.web.panel.media import media_blueprint
from appliance.web.panel.metrics import metrics_blueprint
from appliance.web.panel.page import page_blueprint
from appliance.web.panel.page_link import PageLink, page_link_blueprint
from appliance.web.panel.panel_unit import PanelUnit
from appliance.web.panel.playback import playback_blueprint
from appliance.web.panel.qr import qr_blueprint
from appliance.web.panel.rating import rating_blueprint
from appliance.web.panel.sensing import sensing_blueprint
from appliance.web.panel.status import status_blueprint
from appliance.web.privacy_text import PrivacyText
from appliance.web.refusal_log import RefusalLog
from appliance.web.screen_feed import ScreenFeed
from appliance.web.snapshot import PanelFacts
from appliance.web.strict_body import MAX_BODY_BYTES

PANEL_THREADS = MAX_STREAMS + 6
"""Threads the panel's server needs: one per open stream, and some to answer everything else."""


def create_panel_app(
    *,
    feed: ScreenFeed,
    post: Callable[[Message], bool],
    media_dir: Path,
    ui_dir: Path,
    settings: Callable[[], Settings],
    status: Callable[[], dict[str, Any]],
    link: PageLink,
    address: Callable[[], str | None] = lambda: None,
    max_streams: int = MAX_STREAMS,
    reply_timeout_s: float = 5.0,
    metrics: Callable[[], bytes] = bytes,
) -> Flask:
    """A Flask app to be bound to loopback by its server.

    ``post`` puts a message into the inbox (False: full); ``media_dir`` is the library's folder;
    ``ui_dir`` is ``kiosk_ui``; ``settings`` gives those in force; ``status`` is shown as JSON;
    ``link`` is the unit's own page; ``metrics`` are for monitoring; ``address`` is the unit's
    address in its network (None: no network), shown where the unit asks for help.
    """
    version = _version_of(ui_dir / "panel")

    def facts() -> PanelFacts:
        now = settings()
        panel = now.panel
        return PanelFacts(
            language=panel.language,
            unit_name=panel.unit_name,
            place=panel.place,
            address=address(),
            stall_ms=round(panel.stall_s * 1000),
            pause_s=now.privacy.pause_s,
            ui_version=version,
            stop_key=now.privacy.stop_key,
        )

    gate = StreamGate(max_streams)

    def status_with_pages() -> dict[str, Any]:
        return {**status(), "pages": gate.open}

    unit = PanelUnit(feed, post, media_dir.absolute(), ui_dir.absolute(), facts, status_with_pages,
                     reply_timeout_s, metrics)  # fmt: skip
    app = Flask("appliance.panel", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    # No address is another one written oddly, so nobody is redirected.
    app.url_map.merge_slashes = False
    guard_loopback(app)
    add_security_headers(app, PANEL_POLICY)
    _answer_errors_as_json(app)
    for blueprint in (
        page_blueprint(unit),
        events_blueprint(unit, gate),
        media_blueprint(unit),
        page_link_blueprint(link),
        playback_blueprint(unit, link),
        rating_blueprint(unit, link),
        sensing_blueprint(unit, PrivacyText(ui_dir)),
        qr_blueprint(unit),
        status_blueprint(unit),
        metrics_blueprint(unit),
    ):
        app.register_blueprint(blueprint)
    return app


def _answer_errors_as_json(app: Flask) -> None:
    log = RefusalLog("panel")

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        reason = " ".join((error.description or error.name).split())
        rule = request.url_rule.rule if request.url_rule else "an unknown address"
        # 503 is for the page to try again and means no mistake of anybody's.
        if error.code not in (404, 503):
            log.note(f"{request.method} {rule}", reason)
        response = jsonify(error=reason)
        response.status_code = error.code or 500
        for name, value in error.get_headers(request.environ):
            if name in ("Allow", "Retry-After", "Content-Range"):
                response.headers[name] = value
        return response


def _version_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
