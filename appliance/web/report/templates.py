"""What the report's pages share: their templates and words."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

LOCALES = {"ko": "ko_KR", "en": "en_GB"}


def template(name: str) -> Template:
    """One of this folder's pages."""
    return _environment().get_template(name)


def table_of(language: str) -> dict[str, str]:
    """The words in a language, by key."""
    text = files("appliance.web.report").joinpath(f"words.{language}.json").read_text("utf-8")
    table: dict[str, str] = json.loads(text)
    return table


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("appliance.web.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
