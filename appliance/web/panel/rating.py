"""The answer to the one question."""

from __future__ import annotations

from flask import Blueprint
from pydantic import Field

from appliance.domain import RatingSource
from appliance.messages import RatingGiven, Reply
from appliance.web.panel.panel_unit import PanelUnit
from appliance.web.panel.playback import PLAY_ID
from appliance.web.strict_body import Body, read_body


class RatingBody(Body):
    play_id: str = Field(pattern=PLAY_ID)
    value: int = Field(ge=0, le=1)


def rating_blueprint(unit: PanelUnit) -> Blueprint:
    """``POST /rating``; a second answer for the same play is told ``already``."""
    blueprint = Blueprint("rating", __name__)

    @blueprint.post("/rating")
    def rating() -> dict[str, str]:
        body, reply = read_body(RatingBody), Reply()
        return unit.ask(RatingGiven(body.play_id, body.value, RatingSource.PANEL, reply), reply)

    return blueprint
