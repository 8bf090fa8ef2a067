"""Numbers for monitoring."""

from __future__ import annotations

from flask import Blueprint, Response

from appliance.web.panel.panel_unit import PanelUnit

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def metrics_blueprint(unit: PanelUnit) -> Blueprint:
    """``GET /metrics`` in Prometheus' text format, for a collector on the machine itself."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        return Response(unit.metrics(), content_type=TEXT_FORMAT)

    return blueprint
