"""``appliance phone``: the pages for passers-by's phones, outside the unit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from appliance.cli.context import Context
from appliance.errors import StoreError
from appliance.shipped import ui_dir
from appliance.web.phone.static_site import static_site
from appliance.web.phone.static_site_folder import write_site


@click.group()
def phone() -> None:
    """The pages behind the QR code."""


@phone.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--with-clips", is_flag=True, help="Copy the videos too.  [default: phone.export_clips]"
)
@click.pass_obj
def export(context: Context, folder: Path, with_clips: bool) -> None:
    """Write the phone pages to a folder, as a static site for any web host."""
    if not context.database_path.exists():
        raise StoreError(f"there is no database at {context.database_path}; nothing to export")
    now = dt.datetime.now().astimezone()
    files = static_site(
        database_path=context.database_path,
        media_dir=context.clips_dir,
        ui_dir=ui_dir(),
        settings=context.settings,
        now=now,
        with_clips=with_clips or context.settings.phone.export_clips,
    )
    done = write_site(folder, files, now)
    click.echo(
        f"{done.total} files in {folder}: {done.written} written, {done.removed} removed;"
        f" open {folder / 'index.html'}"
    )
