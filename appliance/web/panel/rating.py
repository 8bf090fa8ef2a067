"""The answers to what is asked after a clip."""

from __future__ import annotations

from flask import Blueprint
from pydantic import Field, model_validator

from appliance.domain import RatingSource, value_of_stars
from appliance.messages import RatingGiven, Reply, SeenBeforeGiven
from appliance.web.panel.page_link import PageLink
from appliance.web.panel.panel_unit import PanelUnit
from appliance.web.panel.playback import PLAY_ID
from appliance.web.strict_body import Body, read_body


class RatingBody(Body):
    play_id: str = Field(pattern=PLAY_ID)
    value: int | None = Field(None, ge=0, le=1)
    stars: int | None = Field(None, ge=1, le=5)

    @model_validator(mode="after")
    def _one_answer(self) -> RatingBody:
        if (self.value is None) is (self.stars is None):
            raise ValueError("give one of value and stars")
        return self


class SeenBeforeBody(Body):
    play_id: str = Field(pattern=PLAY_ID)
    seen_before: bool


def rating_blueprint(unit: PanelUnit, link: PageLink) -> Blueprint:
    """``POST /rating``, ``POST /seen-before``; a second answer to either is told ``already``."""
    blueprint = Blueprint("rating", __name__)

    @blueprint.post("/rating")
    def rating() -> dict[str, str]:
        link.demand_key()
        body, reply = read_body(RatingBody), Reply()
        value = body.value if body.stars is None else value_of_stars(body.stars)
        message = RatingGiven(body.play_id, value, RatingSource.PANEL, reply, body.stars)
        return unit.ask(message, reply)

    @blueprint.post("/seen-before")
    def seen_before() -> dict[str, str]:
        link.demand_key()
        body, reply = read_body(SeenBeforeBody), Reply()
        message = SeenBeforeGiven(body.play_id, body.seen_before, RatingSource.PANEL, reply)
        return unit.ask(message, reply)

    return blueprint
