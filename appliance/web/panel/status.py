"""What the unit says of itself."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from appliance.web.panel.panel_unit import PanelUnit


def status_blueprint(unit: PanelUnit) -> Blueprint:
    """``GET /status``, for ``appliance status`` and for monitoring on the machine itself."""
    blueprint = Blueprint("status", __name__)

    @blueprint.get("/status")
    def status() -> dict[str, Any]:
        return unit.status()

    return blueprint
