"""What can be told of a clip on the command line; each option is a field of ``domain.Clip``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from appliance.cli.parameters import OneOf, PhoneNumber, PlainText, WebLink
from appliance.domain import ClipKind, DayTime, Expression, Mood, Season, Weather

_OPTIONS = (
    click.option("--title", type=PlainText(120), help="By default the file's name."),
    click.option("--title-en", type=PlainText(120), help="The title in English."),
    click.option(
        "--tag", "tags", type=PlainText(40), multiple=True, help="Your own word; may be repeated."
    ),
    click.option(
        "--season",
        "seasons",
        type=OneOf(Season),
        multiple=True,
        help="Only in this season; may be repeated.",
    ),
    click.option(
        "--weather",
        "weathers",
        type=OneOf(Weather),
        multiple=True,
        help="Only in this weather, where it is known; may be repeated.",
    ),
    click.option(
        "--day-time",
        "day_times",
        type=OneOf(DayTime),
        multiple=True,
        help="Only at this time of day; may be repeated.",
    ),
    click.option(
        "--for",
        "target_emotions",
        type=OneOf(Expression),
        multiple=True,
        help="Expression it is meant for; may be repeated.",
    ),
    click.option("--mood", type=OneOf(Mood), help="Mood of the pictures."),
    click.option("--advertiser", type=PlainText(120), help="Whose clip it is."),
    click.option("--description", type=PlainText(1000, lines=True), help="For the phone page."),
    click.option("--description-en", type=PlainText(1000, lines=True), help="The same in English."),
    click.option("--address", type=PlainText(200), help="Where to find the advertiser."),
    click.option("--phone", type=PhoneNumber(), help="The advertiser's telephone."),
    click.option("--map-link", type=WebLink(), help="Directions, an http(s) address."),
    click.option("--link", type=WebLink(), help="The advertiser's own page."),
)

CLEARABLE = {
    "title-en": "title_en",
    "tag": "tags",
    "season": "seasons",
    "weather": "weathers",
    "day-time": "day_times",
    "for": "target_emotions",
    "mood": "mood",
    "advertiser": "advertiser",
    "description": "description",
    "description-en": "description_en",
    "address": "address",
    "phone": "phone",
    "map-link": "map_link",
    "link": "link",
}
"""Options that may be left empty, and the field of ``domain.Clip`` each one is."""


def clip_options(*, is_new: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the options on a command, in this order; the kind of a new clip must be said."""
    kind = click.option("--kind", type=OneOf(ClipKind), required=is_new, help="What the clip is.")

    def put_on(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((kind, *_OPTIONS)):
            command = option(command)
        return command

    return put_on


def cleared(names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that ``--clear`` names, each with its empty value."""
    fields = (CLEARABLE[name] for name in names)
    many = ("tags", "seasons", "weathers", "day_times", "target_emotions")
    return {field: () if field in many else None for field in fields}
