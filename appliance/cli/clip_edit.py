"""``appliance clip edit``: changes what is known of a clip; its file stays."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from appliance.cli.clip_options import CLEARABLE, cleared, clip_options
from appliance.cli.context import Context
from appliance.cli.parameters import ClipId
from appliance.errors import ContentError, StoreError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database


@click.command()
@click.argument("clip_id", type=ClipId(), metavar="ID")
@clip_options(is_new=False)
@click.option(
    "--clear",
    "emptied",
    type=click.Choice(sorted(CLEARABLE)),
    multiple=True,
    help="Empty this one; may be repeated.",
)
@click.pass_obj
def edit(context: Context, /, clip_id: int, emptied: tuple[str, ...], **told: Any) -> None:
    """Change what is known of a clip; what is not named stays.

    An option that may be repeated replaces all its earlier values.
    """
    given = {name: value for name, value in told.items() if value not in (None, ())}
    empty = cleared(emptied)
    for name in emptied:
        if CLEARABLE[name] in given:
            raise ContentError(f"--{name} is given and cleared at once; leave one of the two out")
    if not given and not empty:
        raise ContentError("nothing to change; see 'appliance clip edit --help'")
    with open_database(context.database_path) as database, database.transaction():
        store = ClipStore(database)
        found = store.get(clip_id)
        if found is None:
            raise no_such_clip(clip_id)
        changed = dataclasses.replace(found, **given, **empty)
        store.update(changed)
    click.echo(f"changed clip {clip_id}: {changed.title}")


def no_such_clip(clip_id: int) -> StoreError:
    """What to say of a number that no clip has."""
    return StoreError(f"there is no clip {clip_id}; see 'appliance clip list'")
