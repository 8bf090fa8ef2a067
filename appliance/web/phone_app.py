"""The phone app: the page behind the QR code, on its own port, for anybody's phone."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, make_response, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, NotFound, ServiceUnavailable
from werkzeug.routing import RequestRedirect

from appliance.config import Settings
from appliance.errors import StoreError
from appliance.messages import Message
from appliance.web.browser_guard import add_security_headers
from appliance.web.phone.clip_page import PhoneRecords
from appliance.web.phone.routes import phone_blueprint
from appliance.web.phone.words import Dictionary
from appliance.web.privacy_text import PrivacyText
from appliance.web.qr_link import QrLink
from appliance.web.rate_limit import limit_rate
from appliance.web.refusal_log import RefusalLog
from appliance.web.refused_once import OncePerKind

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024
MESSAGES = {404: "not_found", 410: "expired", 429: "too_many", 503: "busy"}
"""Pages that say what happened; every other refusal is ``refused``."""


def create_phone_app(
    *,
    database_path: Path,
    post: Callable[[Message], bool],
    media_dir: Path,
    ui_dir: Path,
    settings: Callable[[], Settings],
    links: QrLink,
) -> Flask:
    """A Flask app that reads the store and posts nothing but ratings.

    ``post`` puts a message into the inbox (False: full); ``media_dir`` is the library's folder;
    ``ui_dir`` is ``kiosk_ui``; ``settings`` gives those in force; ``links`` made the codes and
    reads them here.
    """
    folder = ui_dir.absolute() / "phone"
    app = Flask("appliance.phone", static_folder=None, template_folder=str(folder))
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    # Else an oddly written address would be redirected to whatever host was asked for.
    app.url_map.merge_slashes = False
    dictionary = Dictionary(
        folder / "i18n", lambda: "en" if settings().panel.language == "en" else "ko"
    )
    style = (folder / "phone.css").read_text(encoding="utf-8")

    @app.context_processor
    def page_frame() -> dict[str, Any]:
        # The style is in the page, so that one request brings everything on a bad network.
        words = dictionary.for_request()
        return {
            "words": words,
            "other_language_link": f"?lang={'en' if words.language == 'ko' else 'ko'}",
            "style": Markup(style),  # noqa: S704 - our own file
            "unit_name": settings().panel.unit_name,
            "place": settings().panel.place,
            "asked": settings().rating,
        }

    _answer_errors_with_pages(app)
    limit_rate(app, lambda: settings().phone.requests_per_minute)
    app.logger.addFilter(OncePerKind("Phone page"))

    @app.before_request
    def redirect_nowhere() -> None:
        # Flask makes such an address of the host that was asked for.
        if isinstance(request.routing_exception, RequestRedirect):
            raise NotFound("no such page")

    add_security_headers(app, _content_policy(style))

    @app.after_request
    def keep_out_of_searches(response: Response) -> Response:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.vary.add("Accept-Language")
        return response

    records = PhoneRecords(database_path)
    app.register_blueprint(
        phone_blueprint(records, links, post, media_dir.absolute(), dictionary, PrivacyText(ui_dir))
    )
    return app


def _content_policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; img-src 'self'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _answer_errors_with_pages(app: Flask) -> None:
    log = RefusalLog("phone page")

    @app.errorhandler(StoreError)
    def unreadable(error: StoreError) -> Response:
        logger.error("The phone page cannot read the store: %s", error)
        return refuse(ServiceUnavailable("store", retry_after=10))

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        code = error.code or 500
        if code not in (404, 410, 503):
            rule = request.url_rule.rule if request.url_rule else "an unknown address"
            log.note(f"{request.method} {rule}", error.name)
        key = "removed" if error.description == "removed" else MESSAGES.get(code, "refused")
        response = make_response(render_template("message.html", key=key), code)
        for name, value in error.get_headers(request.environ):
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response
