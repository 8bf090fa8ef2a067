"""What can be told of a campaign on the command line, and what must hold together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import click

from appliance.cli.campaign_dayparts import Dayparts
from appliance.cli.parameters import Day, ParamType, PlainText
from appliance.domain import Campaign
from appliance.errors import ContentError, StoreError
from appliance.store.campaigns import CampaignStore

MAX_NAME = 80


class Number(ParamType):
    """A whole number within bounds."""

    name = "number"

    def __init__(self, low: int, high: int, meaning: str) -> None:
        self._low = low
        self._high = high
        self._meaning = meaning

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Raises ContentError for anything else."""
        text = str(value).strip()
        digits = text.removeprefix("-")
        is_number = digits.isascii() and digits.isdigit() and len(digits) <= 9
        if not is_number or not self._low <= int(text) <= self._high:
            where = f"{param.opts[0]}: " if param is not None else ""
            raise ContentError(
                f"{where}{self._meaning} is a whole number {self._low}..{self._high},"
                f" not {text[:40]!r}"
            )
        return int(text)


SHARE = Number(1, 3600, "the share of voice, in seconds per hour,")
CAP = Number(1, 3600, "the cap of plays per hour")
TARGET = Number(1, 100_000_000, "the target of plays")
PRIORITY = Number(0, 9, "the priority")
NAME = PlainText(MAX_NAME)
ADVERTISER = PlainText(120)

_OPTIONS = (
    click.option("--advertiser", type=ADVERTISER, help="Whose campaign it is."),
    click.option("--from", "starts_on", type=Day(), help="First local day."),
    click.option("--until", "ends_on", type=Day(), help="Last local day, included."),
    click.option(
        "--daypart",
        "dayparts",
        type=Dayparts(),
        multiple=True,
        help="Such as 'mon-fri 07:00-09:30'; may be repeated. None: at any time.",
    ),
    click.option(
        "--share",
        "share_s_per_hour",
        type=SHARE,
        help="Share of voice: seconds on screen promised for each hour.",
    ),
    click.option("--cap", "max_plays_per_hour", type=CAP, help="Most plays within an hour."),
    click.option(
        "--target", "target_plays", type=TARGET, help="Plays promised in all, spread evenly."
    ),
    click.option("--priority", type=PRIORITY, help="0 to 9; a higher one goes first."),
    click.option(
        "--fallback/--no-fallback",
        "is_fallback",
        default=None,
        help="Plays only when nothing else may, and then always.",
    ),
)


def campaign_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Put the options on a command, in this order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class CampaignRef(ParamType):
    """A campaign by its number or its name."""

    name = "campaign"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        return str(value)


def find(store: CampaignStore, asked: str) -> Campaign:
    """Raises StoreError when there is no such campaign."""
    found = store.named(asked)
    if found is None and asked.isascii() and asked.isdigit() and len(asked) <= 18:
        found = store.get(int(asked))
    if found is None:
        raise StoreError(f"there is no campaign {asked[:60]!r}; see 'appliance campaign list'")
    return found


def require_sound(campaign: Campaign) -> None:
    """What no single value can tell. Raises ContentError."""
    starts_on, ends_on = campaign.starts_on, campaign.ends_on
    if starts_on and ends_on and starts_on > ends_on:
        raise ContentError(
            f"the campaign would end ({ends_on}) before it begins ({starts_on}); turn them round"
        )
    if campaign.target_plays and not (starts_on and ends_on):
        raise ContentError(
            "a target of plays is spread over the campaign's days: give its first and last day"
        )
    if campaign.is_fallback and (campaign.target_plays or campaign.share_s_per_hour):
        raise ContentError(
            "a fallback plays only when nothing else may, so it can promise no share and no target"
        )


def warnings_of(campaign: Campaign, today: dt.date) -> tuple[str, ...]:
    """What is possible, and probably not meant."""
    said = []
    starts_on, ends_on = campaign.starts_on, campaign.ends_on
    if ends_on and ends_on < today:
        said.append(f"its last day, {ends_on}, is past: it will not play")
    elif starts_on and starts_on < today and campaign.target_plays:
        said.append(
            f"its first day, {starts_on}, is past: it starts behind its plan and will catch up"
        )
    if starts_on and ends_on and campaign.dayparts:
        first, days = starts_on.toordinal(), (ends_on - starts_on).days + 1
        weekdays = {dt.date.fromordinal(first + day).isoweekday() for day in range(min(days, 7))}
        if not weekdays & {window.weekday for window in campaign.dayparts}:
            said.append("none of its dayparts is on one of its days: it will not play")
    return tuple(said)
