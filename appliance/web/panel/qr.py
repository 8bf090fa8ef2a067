"""The code beside the clip, drawn for the link that is on screen now."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from appliance.errors import WebError
from appliance.web.panel.panel_unit import PanelUnit
from appliance.web.qr_picture import qr_svg


def qr_blueprint(unit: PanelUnit) -> Blueprint:
    """``GET /qr/<play_id>.svg``"""
    blueprint = Blueprint("qr", __name__)

    @blueprint.get("/qr/<play_id>.svg")
    def qr(play_id: str) -> Response:
        try:
            state = unit.feed.latest()
        except WebError as exc:
            raise NotFound("nothing is on the screen yet") from exc
        if state.qr_url is None or state.play is None or state.play.id != play_id:
            raise NotFound("there is no code for this play")
        return Response(qr_svg(state.qr_url), mimetype="image/svg+xml")

    return blueprint
