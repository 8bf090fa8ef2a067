"""What the browser's video says: playing, ended, error, stopped."""

from __future__ import annotations

from flask import Blueprint
from pydantic import Field

from appliance.domain import PlaybackEvent
from appliance.messages import PlaybackReported, Reply, ScreenSkipped
from appliance.web.panel.page_link import PageLink
from appliance.web.panel.panel_unit import PanelUnit
from appliance.web.strict_body import Body, read_body

PLAY_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MAX_DETAIL = 300


class PlaybackBody(Body):
    play_id: str = Field(pattern=PLAY_ID)
    event: PlaybackEvent
    position_s: float = Field(ge=0, le=86_400)
    detail: str = Field("", max_length=MAX_DETAIL)


class SkipBody(Body):
    play_id: str = Field(pattern=PLAY_ID)


def playback_blueprint(unit: PanelUnit, link: PageLink) -> Blueprint:
    """``POST /playback`` and ``POST /skip``, each answered after the commit."""
    blueprint = Blueprint("playback", __name__)

    @blueprint.post("/playback")
    def playback() -> dict[str, str]:
        link.demand_key()
        body, reply = read_body(PlaybackBody), Reply()
        detail = " ".join("".join(c if c.isprintable() else " " for c in body.detail).split())
        message = PlaybackReported(body.play_id, body.event, body.position_s, detail, reply)
        return unit.ask(message, reply)

    @blueprint.post("/skip")
    def skip() -> dict[str, str]:
        link.demand_key()
        body, reply = read_body(SkipBody), Reply()
        return unit.ask(ScreenSkipped(body.play_id, reply), reply)

    return blueprint
