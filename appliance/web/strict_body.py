"""JSON bodies of the panel's requests: small, typed, nothing unknown in them."""

from __future__ import annotations

from typing import TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

MAX_BODY_BYTES = 4096


class Body(BaseModel):
    """Base of all bodies: unknown fields and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


BodyT = TypeVar("BodyT", bound=Body)


def read_body(kind: type[BodyT]) -> BodyT:
    """The current request's body as ``kind``.

    Raises:
        UnsupportedMediaType, RequestEntityTooLarge, BadRequest: with one line that says why.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send the body as application/json")
    try:
        # From JSON, so that strict types accept what JSON can say (a text for an enum).
        return kind.model_validate_json(request.get_data(cache=False))
    except ValidationError as exc:
        raise BadRequest("; ".join(_mistakes(exc))) from exc


def _mistakes(error: ValidationError) -> list[str]:
    """What is wrong, without repeating what was sent."""
    found = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        if mistake["type"] == "json_invalid":
            return ["the body is not valid JSON"]
        if mistake["type"] == "extra_forbidden":
            found.append("there is an unknown field")
            continue
        where = ".".join(str(part) for part in mistake["loc"]) or "body"
        found.append(f"{where}: {mistake['msg'][:120]}")
    return list(dict.fromkeys(found))
