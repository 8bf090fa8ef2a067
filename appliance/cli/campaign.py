"""``appliance campaign``: advertisers' orders."""

from __future__ import annotations

import dataclasses
import datetime as dt
from enum import Enum
from pathlib import Path
from typing import Any

import click

from appliance.cli.campaign_dayparts import Dayparts, daypart_text, joined
from appliance.cli.campaign_import import read_campaigns
from appliance.cli.campaign_options import (
    NAME,
    CampaignRef,
    campaign_options,
    find,
    require_sound,
    warnings_of,
)
from appliance.cli.campaign_view import list_campaigns, show
from appliance.cli.context import Context
from appliance.cli.parameters import ClipId, OneOf
from appliance.domain import Campaign, Daypart
from appliance.errors import ApplianceError, ContentError
from appliance.store.campaigns import CampaignStore
from appliance.store.database import open_database


class Clearable(Enum):
    """What ``edit --clear`` takes away; the value is the campaign's field."""

    FROM = "starts_on"
    UNTIL = "ends_on"
    DAYPARTS = "dayparts"
    SHARE = "share_s_per_hour"
    CAP = "max_plays_per_hour"
    TARGET = "target_plays"


@click.group()
def campaign() -> None:
    """Campaigns: dates, dayparts, share of voice, caps and targets of clips."""


campaign.add_command(list_campaigns)
campaign.add_command(show)


@campaign.command()
@click.argument("name", type=NAME)
@campaign_options
@click.pass_obj
def add(context: Context, /, name: str, **known: Any) -> None:
    """Add a campaign; assign clips to it afterwards."""
    if not known["advertiser"]:
        raise ContentError("whose campaign is it? give --advertiser")
    known["dayparts"] = joined(known["dayparts"])
    given = {field: value for field, value in known.items() if value is not None}
    made = Campaign(id=0, name=name, **given)
    require_sound(made)
    with open_database(context.database_path) as database:
        added = CampaignStore(database).add(made)
    _warn(added)
    click.echo(f"added campaign {added.id}: {added.name}")


@campaign.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.option("--name", type=NAME, help="Another name.")
@campaign_options
@click.option(
    "--clear",
    type=OneOf(Clearable),
    multiple=True,
    help="Take this away; may be repeated.",
)
@click.pass_obj
def edit(context: Context, /, asked: str, clear: tuple[Clearable, ...], **known: Any) -> None:
    """Change a campaign; what is not named stays. Dayparts given replace those there were."""
    changes = {field: value for field, value in known.items() if value not in (None, ())}
    if "dayparts" in changes:
        changes["dayparts"] = joined(changes["dayparts"])
    for member in clear:
        if member.value in changes:
            word = member.name.lower()
            raise ContentError(f"--clear {word} and a new {word} contradict; take one out")
        changes[member.value] = () if member is Clearable.DAYPARTS else None
    if not changes:
        raise ContentError("nothing to change; see 'appliance campaign edit --help'")
    _change(context, asked, changes)


@campaign.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.pass_obj
def pause(context: Context, asked: str) -> None:
    """Keep a campaign's clips from playing until it is resumed."""
    _change(context, asked, {"enabled": False})


@campaign.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.pass_obj
def resume(context: Context, asked: str) -> None:
    """Let a paused campaign play again."""
    _change(context, asked, {"enabled": True})


@campaign.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(context: Context, asked: str, yes: bool) -> None:
    """Take a campaign out; its clips stay, without one, and so does its proof of play."""
    with open_database(context.database_path) as database:
        store = CampaignStore(database)
        found = find(store, asked)
        if not yes and not click.confirm(f"Remove campaign {found.id} '{found.name}'?"):
            click.echo("nothing was removed")
            return
        store.remove(found.id)
    click.echo(f"removed campaign {found.id} '{found.name}'")


@campaign.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="CLIP...")
@click.option("--remove", "is_removed", is_flag=True, help="Take the clips out of it instead.")
@click.pass_obj
def assign(context: Context, asked: str, clip_ids: tuple[int, ...], is_removed: bool) -> None:
    """Put clips into a campaign; a clip is in one at most."""
    names = ", ".join(str(clip_id) for clip_id in clip_ids)
    with open_database(context.database_path) as database, database.transaction():
        store = CampaignStore(database)
        found = find(store, asked)
        assigned = store.assignments()
        strangers = [each for each in clip_ids if assigned.get(each) != found.id]
        if is_removed and strangers:
            raise ContentError(f"clip {strangers[0]} is not in campaign {found.id} {found.name!r}")
        store.assign(clip_ids, None if is_removed else found.id)
    done = "taken out of" if is_removed else "now in"
    click.echo(f"clip {names}: {done} campaign {found.id} '{found.name}'")


@campaign.group()
def daypart() -> None:
    """When in the week a campaign plays."""


@daypart.command("add")
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.argument("windows", nargs=-1, required=True, type=Dayparts(), metavar="DAYPART...")
@click.pass_obj
def add_daypart(context: Context, asked: str, windows: tuple[tuple[Daypart, ...], ...]) -> None:
    """Add windows, such as 'mon-fri 07:00-09:30'; one that ends next day is of its first day."""
    _change_dayparts(context, asked, added=windows)


@daypart.command("remove")
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.argument("windows", nargs=-1, required=True, type=Dayparts(), metavar="DAYPART...")
@click.pass_obj
def remove_daypart(context: Context, asked: str, windows: tuple[tuple[Daypart, ...], ...]) -> None:
    """Take windows away, written as they were added."""
    _change_dayparts(context, asked, removed=windows)


@campaign.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--encoding", help="Of the file; by default told from it (UTF-8, CP949, CP1252).")
@click.pass_obj
def import_campaigns(context: Context, file: Path, encoding: str | None) -> None:
    """Add the campaigns of a CSV file as spreadsheets write it: all of them, or none."""
    rows = read_campaigns(file, encoding)
    with open_database(context.database_path) as database, database.transaction():
        store = CampaignStore(database)
        for row in rows:
            try:
                store.assign(row.clip_ids, store.add(row.campaign).id)
            except ApplianceError as exc:
                raise ContentError(
                    f"{file}: {row.campaign.name!r}: {exc}; nothing was imported"
                ) from exc
    for row in rows:
        _warn(row.campaign)
    click.echo("imported 1 campaign" if len(rows) == 1 else f"imported {len(rows)} campaigns")


def _change(context: Context, asked: str, changes: dict[str, Any]) -> None:
    with open_database(context.database_path) as database, database.transaction():
        store = CampaignStore(database)
        changed = dataclasses.replace(find(store, asked), **changes)
        require_sound(changed)
        store.update(changed)
    _warn(changed)
    state = "on" if changed.enabled else "paused"
    windows = daypart_text(changed.dayparts)
    click.echo(f"campaign {changed.id} '{changed.name}': {state}, {windows}")


def _change_dayparts(
    context: Context,
    asked: str,
    *,
    added: tuple[tuple[Daypart, ...], ...] = (),
    removed: tuple[tuple[Daypart, ...], ...] = (),
) -> None:
    with open_database(context.database_path, read_only=True) as database:
        known = find(CampaignStore(database), asked).dayparts
    gone = {window for windows in removed for window in windows}
    unknown = sorted(gone - set(known), key=lambda window: window.weekday)
    if unknown:
        raise ContentError(
            f"the campaign has no daypart '{daypart_text(unknown[:1])}';"
            f" it has '{daypart_text(known)}'"
        )
    left = tuple(window for window in known if window not in gone)
    if gone and not left:
        raise ContentError(
            "without its last daypart it would play at any time; if that is meant,"
            " use 'appliance campaign edit --clear dayparts'"
        )
    _change(context, asked, {"dayparts": joined((left, *added))})


def _warn(changed: Campaign) -> None:
    for warning in warnings_of(changed, dt.date.today()):
        click.echo(f"warning: {changed.name}: {warning}", err=True)
