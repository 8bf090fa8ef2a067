"""What a passer-by may know and do about the camera."""

from __future__ import annotations

from flask import Blueprint
from pydantic import Field
from werkzeug.exceptions import BadRequest

from appliance.messages import Reply, SensingPauseRequested, StaffWish, StaffWished
from appliance.web.panel.panel_unit import PanelUnit
from appliance.web.privacy_text import PrivacyText
from appliance.web.strict_body import Body, read_body

LONGEST_STOP_S = 366 * 86_400.0


class SensingBody(Body):
    pause_s: float = Field(ge=0)


class StaffBody(Body):
    wish: StaffWish
    for_s: float | None = Field(None, gt=0, le=LONGEST_STOP_S)


def sensing_blueprint(unit: PanelUnit, privacy: PrivacyText) -> Blueprint:
    """``POST /sensing`` (a touch; 0 resumes), ``POST /sensing/staff`` and ``GET /privacy``."""
    blueprint = Blueprint("sensing", __name__)

    @blueprint.post("/sensing")
    def sensing() -> dict[str, str]:
        body, reply = read_body(SensingBody), Reply()
        longest_s = unit.facts().pause_s
        if body.pause_s > longest_s:
            raise BadRequest(f"pause_s: at most {longest_s:g} seconds")
        return unit.ask(SensingPauseRequested(body.pause_s, reply), reply)

    @blueprint.post("/sensing/staff")
    def staff() -> dict[str, str]:
        body, reply = read_body(StaffBody), Reply()
        return unit.ask(StaffWished(body.wish, body.for_s, reply), reply)

    @blueprint.get("/privacy")
    def privacy_text() -> dict[str, list[str]]:
        return privacy.all_languages()

    return blueprint
