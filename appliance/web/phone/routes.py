"""The phone app's addresses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from concurrent.futures import TimeoutError as ReplyTimeoutError
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, send_file
from werkzeug.exceptions import BadRequest, Gone, NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from appliance.domain import Rating, RatingSource, value_of_stars
from appliance.messages import Answer, Message, RatingGiven, Reply, SeenBeforeGiven
from appliance.web.panel.media import NAME
from appliance.web.phone.clip_page import PhoneRecords
from appliance.web.phone.emotion_chart import HEIGHT, WIDTH
from appliance.web.phone.words import Dictionary, asked_language
from appliance.web.privacy_text import PrivacyText
from appliance.web.qr_link import LinkExpiredError, LinkForgedError, QrLink
from appliance.web.snapshot import accent_of

REPLY_TIMEOUT_S = 5.0
PICTURE_AGE_S = 3600
GIVEN = "given"
"""In a page's address: what this phone answered. Without it an answer is somebody's, not told."""


def phone_blueprint(
    records: PhoneRecords,
    links: QrLink,
    post: Callable[[Message], bool],
    media_dir: Path,
    dictionary: Dictionary,
    privacy: PrivacyText,
) -> Blueprint:
    """``/c/<token>`` and what belongs to it."""
    blueprint = Blueprint("phone", __name__)

    def play_id_of(token: str) -> str:
        try:
            return links.play_id_of(token)
        except LinkExpiredError as exc:
            raise Gone("expired") from exc
        except LinkForgedError as exc:
            raise NotFound("forged") from exc

    @blueprint.get("/")
    def welcome() -> str:
        return render_template("message.html", key="welcome")

    @blueprint.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")

    @blueprint.get("/favicon.ico")
    def no_icon() -> Response:
        response = Response(status=204)
        response.headers["Cache-Control"] = f"public, max-age={PICTURE_AGE_S}"
        return response

    @blueprint.get("/c/<token>")
    def clip(token: str) -> str:
        now = dt.datetime.now().astimezone()
        page = records.page(play_id_of(token), now)
        if page is None:
            raise Gone("removed")
        words = dictionary.for_request()
        return render_template(
            "clip.html", page=page, token=token, accent=accent_of(page.clip.mood),
            picture_link=f"{token}/picture" if page.clip.thumbnail else None,
            privacy=privacy.paragraphs(words.language), asked_language=asked_language(),
            is_own_answer=_is_own(page.rating), answer_given=request.args.get(GIVEN, "")[:1],
            chart_width=WIDTH, chart_height=HEIGHT,
            chart_day=page.place_day.day if page.place_day.day != now.date() else None,
        )  # fmt: skip

    @blueprint.get("/c/<token>/picture")
    def picture(token: str) -> Response:
        name = records.thumbnail(play_id_of(token))
        if name is None or NAME.fullmatch(name) is None or not (media_dir / name).is_file():
            raise NotFound("no picture")
        response = send_file(media_dir / name, mimetype="image/jpeg", max_age=PICTURE_AGE_S)
        response.cache_control.public = False
        response.cache_control.private = True
        return response

    def ask(message: RatingGiven | SeenBeforeGiven, token: str, given: str) -> AnyResponse:
        """Back to the page once the answer is on disk."""
        if not post(message):
            raise ServiceUnavailable("busy", retry_after=2)
        try:
            answer = message.reply.result(timeout=REPLY_TIMEOUT_S)
        except ReplyTimeoutError as exc:
            raise ServiceUnavailable("no answer", retry_after=2) from exc
        if answer is Answer.UNKNOWN:
            raise Gone("removed")
        # Relative, so that it also holds behind a proxy that puts the app under a path.
        asked = {"lang": asked_language(), GIVEN: given}
        query = urlencode({name: value for name, value in asked.items() if value})
        return redirect(f"../{token}{f'?{query}' if query else ''}#answer", 303)

    @blueprint.post("/c/<token>/rating")
    def rating(token: str) -> AnyResponse:
        play_id, source = play_id_of(token), RatingSource.PHONE
        if "stars" in request.form:
            stars = _one_of("stars", range(1, 6))
            rating = RatingGiven(play_id, value_of_stars(stars), source, Reply(), stars)
            return ask(rating, token, str(stars))
        value = _one_of("value", (0, 1))
        return ask(RatingGiven(play_id, value, source, Reply()), token, str(value))

    @blueprint.post("/c/<token>/seen-before")
    def seen_before(token: str) -> AnyResponse:
        play_id, seen = play_id_of(token), bool(_one_of("value", (0, 1)))
        message = SeenBeforeGiven(play_id, seen, RatingSource.PHONE, Reply())
        return ask(message, token, request.args.get(GIVEN, "")[:1])

    return blueprint


def _one_of(field: str, allowed: Iterable[int]) -> int:
    """The number that is all of the form. Raises BadRequest for anything else."""
    fields = list(request.form.items(multi=True))
    numbers = {(field, str(number)): number for number in allowed}
    if len(fields) != 1 or fields[0] not in numbers:
        raise BadRequest(field)
    return numbers[fields[0]]


def _is_own(rating: Rating | None) -> bool:
    """Whether the phone that asks gave the answer that counts."""
    if rating is None:
        return False
    given = rating.value if rating.stars is None else rating.stars
    return request.args.get(GIVEN) == str(given)
