"""``appliance clip``: the library."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.clip_options import clip_options
from appliance.cli.context import Context
from appliance.cli.parameters import ClipId, is_plain
from appliance.content.clip_folder import ClipFolder
from appliance.content.intake import check_file, leave_out, take_in
from appliance.domain import Clip, Expression
from appliance.errors import ApplianceError, ContentError, StoreError
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from appliance.store.stamp import Stamp

MAX_TITLE = 120


@click.group()
def clip() -> None:
    """The library: add, list, show, enable, disable and remove clips."""


@clip.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@clip_options
@click.pass_obj
def add(context: Context, /, files: tuple[Path, ...], **known: Any) -> None:
    """Add video files that the panel can play; the files themselves are only read.

    Each is decoded to its end first. One that is refused does not keep the others out.
    """
    if len(files) > 1 and (known["title"] or known["title_en"]):
        raise ContentError("--title and --title-en name one clip; add the files one by one")
    refused: list[str] = []
    with open_database(context.database_path) as database:
        for file in files:
            try:
                added = _add(database, ClipFolder(context.clips_dir), file, known)
            except ApplianceError as exc:
                refused.append(str(exc))
                if len(files) > 1:
                    click.echo(f"refused: {exc}", err=True)
            else:
                click.echo(f"added clip {added.id}: {added.title}")
    if len(files) > 1 and refused:
        raise ContentError(f"{len(refused)} of {len(files)} files were not added")
    if refused:
        raise ContentError(refused[0])


def _add(database: Database, folder: ClipFolder, file: Path, known: dict[str, Any]) -> Clip:
    checked = check_file(file)
    clips = ClipStore(database)
    twin = clips.with_sha256(checked.sha256)
    if twin is not None:
        raise ContentError(
            f"{file.name} is in the library already, as clip {twin.id}: {twin.title}"
        )
    values = known | {"title": known["title"] or _title_of(file)}
    take_in(checked, folder)
    try:
        return clips.add(
            Clip(
                id=0,
                file=checked.file,
                thumbnail=checked.thumbnail,
                sha256=checked.sha256,
                codec=checked.codec,
                duration_s=checked.duration_s,
                **values,
            ),
            Stamp(dt.datetime.now().astimezone()),
        )
    except BaseException:
        # The files go too, unless another process has just added the same clip with them.
        if clips.with_sha256(checked.sha256) is None:
            leave_out(checked, folder)
        raise


def _title_of(file: Path) -> str:
    title = " ".join(file.stem.replace("_", " ").split())
    if not title or len(title) > MAX_TITLE or not is_plain(title):
        raise ContentError("the file's name makes no title; give one with --title")
    return title


@clip.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def list_clips(context: Context, as_json: bool) -> None:
    """List the library."""
    with open_database(context.database_path, read_only=True) as database:
        clips = ClipStore(database).all()
    if as_json:
        click.echo(json.dumps([_facts(each) for each in clips], ensure_ascii=False, indent=2))
        return
    table = Table()
    for heading in ("id", "kind", "title", "seconds", "for", "when", "state"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "id" else "left")
    for each in clips:
        table.add_row(*_cells(each))
    # Titles are people's text: "[red]" in one is no markup.
    Console(markup=False).print(table)


def _cells(clip: Clip) -> tuple[str, ...]:
    when = [*clip.seasons, *clip.weathers, *clip.day_times]
    state = "on" if clip.enabled else "off"
    return (
        str(clip.id),
        clip.kind.value,
        clip.title,
        f"{clip.duration_s:.1f}",
        ", ".join(target.name.lower() for target in clip.target_emotions) or "anybody",
        ", ".join(when) or "any time",
        state if clip.approved else f"{state}, not approved",
    )


@clip.command()
@click.argument("clip_id", type=ClipId(), metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(context: Context, clip_id: int, as_json: bool) -> None:
    """Show all that is known of a clip."""
    with open_database(context.database_path, read_only=True) as database:
        found = ClipStore(database).get(clip_id)
    if found is None:
        raise _no_such_clip(clip_id)
    facts = _facts(found)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for name, value in facts.items():
        text = ", ".join(value) if isinstance(value, list) else value
        click.echo(f"{name:<16} {'–' if text is None or text == '' else text}")


def _facts(clip: Clip) -> dict[str, Any]:
    """The clip's fields as JSON has them, expressions by name."""
    facts = dataclasses.asdict(clip)
    for name in ("seasons", "weathers", "day_times"):
        facts[name] = [member.value for member in facts[name]]
    facts["target_emotions"] = [Expression(member).name.lower() for member in clip.target_emotions]
    return facts


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.pass_obj
def enable(context: Context, clip_ids: tuple[int, ...]) -> None:
    """Let clips play again."""
    _switch(context, clip_ids, True)


@clip.command()
@click.argument("clip_ids", nargs=-1, required=True, type=ClipId(), metavar="ID...")
@click.pass_obj
def disable(context: Context, clip_ids: tuple[int, ...]) -> None:
    """Keep clips from playing; they stay in the library."""
    _switch(context, clip_ids, False)


def _switch(context: Context, clip_ids: tuple[int, ...], is_enabled: bool) -> None:
    with open_database(context.database_path) as database, database.transaction():
        for clip_id in clip_ids:
            if not ClipStore(database).set_enabled(clip_id, is_enabled):
                raise _no_such_clip(clip_id)
    names = ", ".join(str(clip_id) for clip_id in clip_ids)
    click.echo(f"clip {names}: {'on' if is_enabled else 'off'}")


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
                raise _no_such_clip(clip_id)
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


def _no_such_clip(clip_id: int) -> StoreError:
    return StoreError(f"there is no clip {clip_id}; see 'appliance clip list'")
