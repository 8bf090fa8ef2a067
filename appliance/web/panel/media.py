"""Clips and their thumbnails, out of the library's folder and nowhere else."""

from __future__ import annotations

import re

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import NotFound

from appliance.web.panel.panel_unit import PanelUnit

TYPES = {"mp4": "video/mp4", "webm": "video/webm", "jpg": "image/jpeg"}
NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,199}\.(mp4|webm|jpg)", re.ASCII)
"""A library file's name: no separator, no second dot, so no path and no unfinished copy."""

ONE_YEAR_S = 31_536_000


def media_blueprint(unit: PanelUnit) -> Blueprint:
    """``GET /media/<file>``, with byte ranges."""
    blueprint = Blueprint("media", __name__)

    @blueprint.get("/media/<path:name>")
    def media(name: str) -> Response:
        match = NAME.fullmatch(name)
        path = unit.media_dir / name
        if match is None or path.is_symlink() or not path.is_file():
            raise NotFound("no such clip")
        response = send_file(
            path, mimetype=TYPES[match.group(1)], conditional=True, max_age=ONE_YEAR_S
        )
        # The name is made of the content, so it never means anything else.
        response.cache_control.immutable = True
        return response

    return blueprint
