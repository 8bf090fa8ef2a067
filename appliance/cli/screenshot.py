"""``appliance screenshot``: what the panel shows at this moment, never a drawing of our own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from appliance.cli.context import Context
from appliance.cli.screenshot_devtools import devtools_picture
from appliance.cli.screenshot_display import wayland_picture, x11_picture
from appliance.cli.whole_file import write_whole
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError, WebError

RUNTIME_DIRS = Path("/run/user")
PNG = b"\x89PNG\r\n\x1a\n"


@click.command()
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default="screenshot.png",
    show_default=True,
    help="PNG to write.",
)
@click.pass_obj
def screenshot(context: Context, path: Path) -> None:
    """Save what the kiosk's screen shows at this moment."""
    troubles = []
    for name, take in _sources(context):
        try:
            picture = take()
        except WebError as exc:
            troubles.append(f"{name}: {exc}")
            continue
        if not picture.startswith(PNG):
            troubles.append(f"{name}: what came is no PNG")
            continue
        write_whole(path, [picture])
        click.echo(f"{path}: the screen as {name} has it now")
        return
    raise WebError(
        f"nothing here shows the panel ({'; '.join(troubles)}); run this on the unit, with its"
        " kiosk on, as the kiosk's user"
    )


def _sources(context: Context) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """In the order of how much of the screen they see."""
    panel = context.settings.panel
    yield "Wayland", lambda: wayland_picture(os.environ, RUNTIME_DIRS)
    if panel.devtools_port:
        panel_port = _panel_port(context)
        yield "Chromium", lambda: devtools_picture(panel.devtools_port, panel_port)
    yield "X11", lambda: x11_picture(os.environ)


def _panel_port(context: Context) -> int:
    """Of the running unit, else of the settings: a browser may show a unit that has gone."""
    try:
        port = urlsplit(RunningUnit.find(context.state_dir).panel_url).port
    except DaemonError:
        port = None
    return port or context.settings.panel.port
