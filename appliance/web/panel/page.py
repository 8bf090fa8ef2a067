"""The page itself: HTML, style, scripts, texts."""

from __future__ import annotations

from flask import Blueprint, Response, send_from_directory
from werkzeug.exceptions import NotFound

from appliance.web.panel.panel_unit import PanelUnit

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


def page_blueprint(unit: PanelUnit) -> Blueprint:
    """``GET /`` and the files under ``/ui/``; never cached, so that an update shows at once."""
    blueprint = Blueprint("page", __name__)

    def send(name: str) -> Response:
        mimetype = TYPES.get("." + name.rpartition(".")[2])
        if mimetype is None:
            raise NotFound("no such file")
        response = send_from_directory(unit.ui_dir / "panel", name, mimetype=mimetype, etag=False)
        response.headers["Cache-Control"] = "no-store"
        return response

    @blueprint.get("/")
    def page() -> Response:
        return send("panel.html")

    @blueprint.get("/ui/<path:name>")
    def file(name: str) -> Response:
        return send(name)

    @blueprint.get("/favicon.ico")
    def icon() -> Response:
        return send("icon.svg")

    return blueprint
