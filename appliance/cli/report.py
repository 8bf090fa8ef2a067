"""``appliance report``: what was shown, how it was liked, how the place felt, and the proof."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from appliance.cli.context import Context
from appliance.cli.parameters import Day
from appliance.cli.report_output import write
from appliance.cli.report_page import as_html, proof_page
from appliance.cli.report_parts import SUBJECTS, report_parts
from appliance.cli.report_unit import unit_of
from appliance.cli.report_verify import verify
from appliance.cli.report_wanted import wanted_plays
from appliance.errors import ContentError
from appliance.store.database import open_database
from appliance.store.report_filter import EVERYTHING

DEFAULT_DAYS = 7
FORMATS = ("table", "csv", "json", "html")


class _Subjects(click.Group):
    """A report that is not there is one clear line, like every other slip."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise ContentError(
                f"there is no report {args[0][:40]!r}; choose from {', '.join(SUBJECTS)}"
            )
        return super().resolve_command(ctx, args)


@click.group(cls=_Subjects)
def report() -> None:
    """Reports of plays, campaigns, emotions and clips, and the proof of them."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that all four reports share."""
    for option in reversed(
        (
            click.option(
                "--from", "first", type=Day(), help="First local date; by default a week ago."
            ),
            click.option(
                "--to", "last", type=Day(), help="Last local date, included; by default today."
            ),
            click.option("--last-month", is_flag=True, help="All of the month before this one."),
            click.option(
                "--format",
                "form",
                default="table",
                show_default=True,
                help="table, csv, json, or html: one page with pictures, for screen and paper.",
            ),
            click.option(
                "--output",
                "-o",
                "path",
                type=click.Path(dir_okay=False, path_type=Path),
                help="Write to this file, whole or not at all.",
            ),
            click.option("--excel", is_flag=True, help="CSV that Excel reads as UTF-8."),
            click.option(
                "--language",
                type=click.Choice(["ko", "en"]),
                help="Of the page; by default the panel's.",
            ),
            click.pass_obj,
        )
    ):
        command = option(command)
    return command


def _of_whom(command: Callable[..., None]) -> Callable[..., None]:
    """The options of those that can be held to one campaign or advertiser."""
    campaign = click.option("--campaign", help="Only this campaign: its name or number.")
    advertiser = click.option("--advertiser", help="Only this advertiser's campaigns and clips.")
    return campaign(advertiser(command))


@report.command()
@_options
@_of_whom
def plays(context: Context, **options: Any) -> None:
    """Report plays one by one, as the browser proved them."""
    _report(context, "plays", **options)


@report.command()
@_options
@_of_whom
def campaigns(context: Context, **options: Any) -> None:
    """Report campaigns: plays, seconds shown, what was promised and what was delivered."""
    _report(context, "campaigns", **options)


@report.command()
@_options
def emotions(context: Context, **options: Any) -> None:
    """Report the place's emotions hour by hour; seconds without an estimate stand apart."""
    _report(context, "emotions", **options)


@report.command()
@_options
@_of_whom
def clips(context: Context, **options: Any) -> None:
    """Report clips: plays, completion, and how they were liked."""
    _report(context, "clips", **options)


report.add_command(verify)


def _report(
    context: Context,
    subject: str,
    *,
    first: dt.date | None,
    last: dt.date | None,
    form: str,
    path: Path | None,
    excel: bool,
    language: str | None,
    last_month: bool,
    campaign: str | None = None,
    advertiser: str | None = None,
) -> None:
    if form not in FORMATS:
        raise ContentError(f"there is no format {form[:40]!r}; choose from {', '.join(FORMATS)}")
    if excel and form != "csv":
        raise ContentError("--excel is for --format csv; leave it out")
    first, last = _period(first, last, last_month)
    with open_database(context.database_path, read_only=True) as database, database.reading():
        wanted = wanted_plays(database, campaign, advertiser)
        days = (database, first, last)
        if form != "html":
            unit = unit_of(context.settings, database)
            parts = report_parts(
                database, subject, first, last, form, unit=unit, wanted=wanted, for_excel=excel
            )
        elif wanted is EVERYTHING:
            parts = as_html(context.settings, *days, language)
        else:
            whose = campaign or advertiser or ""
            parts = proof_page(context.settings, *days, language, wanted, whose)
        write(parts, path)


def _period(
    first: dt.date | None, last: dt.date | None, last_month: bool
) -> tuple[dt.date, dt.date]:
    today = dt.datetime.now().astimezone().date()
    if last_month:
        if first or last:
            raise ContentError("--last-month names the dates already; leave out --from and --to")
        end = today.replace(day=1) - dt.timedelta(days=1)
        return end.replace(day=1), end
    last = last or today
    first = first or _week_before(last)
    if first > last:
        raise ContentError(f"--from {first} is after --to {last}; swap them")
    return first, last


def _week_before(last: dt.date) -> dt.date:
    try:
        return last - dt.timedelta(days=DEFAULT_DAYS - 1)
    except OverflowError:
        return last
