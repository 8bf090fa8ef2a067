"""``appliance clip``: the library."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.clip_add import add
from appliance.cli.clip_affect import affect
from appliance.cli.clip_edit import edit, no_such_clip
from appliance.cli.clip_preview import preview
from appliance.cli.context import Context
from appliance.cli.parameters import ClipId
from appliance.content.clip_folder import ClipFolder
from appliance.content.film_book import FilmBook, FilmCheck
from appliance.domain import Clip, Expression
from appliance.store.campaigns import CampaignStore
from appliance.store.clips import ClipStore
from appliance.store.database import open_database


@click.group()
def clip() -> None:
    """The library: add, edit, list, show, preview, judge, approve, switch and remove clips."""


for command in (add, affect, edit, preview):
    clip.add_command(command)


@clip.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def list_clips(context: Context, as_json: bool) -> None:
    """List the library."""
    with open_database(context.database_path, read_only=True) as database:
        clips, campaigns = ClipStore(database).all(), CampaignStore(database).assignments()
    if as_json:
        facts = [_facts(each, campaigns.get(each.id)) for each in clips]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    if not clips:
        click.echo("there are no clips; 'appliance clip add' takes some in")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("id", "kind", "title", "seconds", "for", "when", "state"):
        is_number = heading in ("id", "seconds")
        table.add_column(heading, overflow="fold", justify="right" if is_number else "left")
    checks = FilmBook(context.state_dir).read()
    for each in clips:
        table.add_row(*_cells(each, campaigns.get(each.id), checks.get(each.file)))
    # Titles are people's text: "[red]" in one is no markup.
    Console(markup=False, highlight=False).print(table)


def _cells(clip: Clip, campaign_id: int | None, check: FilmCheck | None) -> tuple[str, ...]:
    when = [*clip.seasons, *clip.weathers, *clip.day_times]
    state = ["on" if clip.enabled else "off"]
    if not clip.approved:
        state.append("not approved")
    if check is not None and check.trouble:
        state.append(f"not shown: {check.trouble}")
    if campaign_id is not None:
        state.append(f"campaign {campaign_id}")
    return (
        str(clip.id),
        clip.kind.value,
        clip.title,
        f"{clip.duration_s:.1f}",
        ", ".join(target.name.lower() for target in clip.target_emotions) or "anybody",
        ", ".join(when) or "any time",
        ", ".join(state),
    )


@clip.command()
@click.argument("clip_id", type=ClipId(), metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(context: Context, clip_id: int, as_json: bool) -> None:
    """Show all that is known of a clip."""
    with open_database(context.database_path, read_only=True) as database:
        found = ClipStore(database).get(clip_id)
        campaign_id = CampaignStore(database).assignments([clip_id]).get(clip_id)
    if found is None:
        raise no_such_clip(clip_id)
    facts = _facts(found, campaign_id)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for name, value in facts.items():
        text = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:<16} {'–' if text is None or text == '' else text}")


def _facts(clip: Clip, campaign_id: int | None) -> dict[str, Any]:
    """The clip's fields as JSON has them, expressions by name, and its campaign's number."""
    facts = dataclasses.asdict(clip) | {"campaign": campaign_id}
    for name in ("seasons", "weathers", "day_times"):
        facts[name] = [member.value for member in facts[name]]
    facts["tags"] = list(clip.tags)
    facts["target_emotions"] = [Expression(member).name.lower() for member in clip.target_emotions]
    return facts


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.pass_obj
def enable(context: Context, clip_ids: tuple[int, ...]) -> None:
    """Let clips play again."""
    _switch(context, clip_ids, lambda store, clip_id: store.set_enabled(clip_id, True), "on")


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.pass_obj
def disable(context: Context, clip_ids: tuple[int, ...]) -> None:
    """Keep clips from playing; they stay in the library."""
    _switch(context, clip_ids, lambda store, clip_id: store.set_enabled(clip_id, False), "off")


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.pass_obj
def approve(context: Context, clip_ids: tuple[int, ...]) -> None:
    """Say that clips are fit to be shown; unapproved ones never play."""
    _switch(context, clip_ids, lambda store, clip_id: store.set_approved(clip_id, True), "approved")


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.pass_obj
def unapprove(context: Context, clip_ids: tuple[int, ...]) -> None:
    """Take the approval back: the clips do not play until they are approved."""
    _switch(
        context, clip_ids, lambda store, clip_id: store.set_approved(clip_id, False), "not approved"
    )


def _switch(
    context: Context,
    clip_ids: tuple[int, ...],
    change: Callable[[ClipStore, int], bool],
    result: str,
) -> None:
    with open_database(context.database_path) as database, database.transaction():
        for clip_id in clip_ids:
            if not change(ClipStore(database), clip_id):
                raise no_such_clip(clip_id)
    names = ", ".join(str(clip_id) for clip_id in clip_ids)
    click.echo(f"clip {names}: {result}")


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(context: Context, clip_ids: tuple[int, ...], yes: bool) -> None:
    """Take clips and what was learned of them out; their proof of play stays."""
    folder = ClipFolder(context.clips_dir)
    with open_database(context.database_path) as database:
        store = ClipStore(database)
        found = {clip_id: store.get(clip_id) for clip_id in clip_ids}
        clips = [each for each in found.values() if each is not None]
        for clip_id, each in found.items():
            if each is None:
                raise no_such_clip(clip_id)
        titles = ", ".join(f"{each.id} '{each.title}'" for each in clips)
        if not yes and not click.confirm(f"Remove {titles}?"):
            click.echo("nothing was removed")
            return
        with database.transaction():
            for each in clips:
                store.remove(each.id)
    # After the rows: a clip without its file would be trouble, a file without a row is not.
    for each in clips:
        folder.discard(each.file)
        if each.thumbnail:
            folder.discard(each.thumbnail)
    click.echo(f"removed {titles}")
