"""``appliance clip preview``: a clip at a glance, as one picture."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.clip_edit import no_such_clip
from appliance.cli.context import Context
from appliance.content.contact_sheet import make_contact_sheet
from appliance.errors import ContentError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database


@click.command()
@click.argument("what", metavar="ID|FILE")
@click.option(
    "--out",
    "-o",
    "out_png",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The PNG file to write.",
)
@click.pass_obj
def preview(context: Context, what: str, out_png: Path) -> None:
    """Draw a contact sheet: frames from beginning to end, each with its time.

    A bare number is a clip of the library; write ./12 for a file of that name.
    """
    if out_png.suffix.lower() != ".png":
        raise ContentError(f"--out is written as PNG; name it {out_png.with_suffix('.png').name}")
    source, name = _clip(context, int(what)) if _is_number(what) else (Path(what), Path(what).name)
    frames = make_contact_sheet(source, out_png)
    click.echo(f"wrote {frames} frames of {name} to {out_png.absolute()}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _clip(context: Context, clip_id: int) -> tuple[Path, str]:
    """Its file, and what people call it."""
    with open_database(context.database_path, read_only=True) as database:
        found = ClipStore(database).get(clip_id)
    if found is None:
        raise no_such_clip(clip_id)
    return context.clips_dir / found.file, f"clip {clip_id} '{found.title}'"
