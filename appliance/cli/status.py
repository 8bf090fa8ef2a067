"""``appliance status``: what the running unit is doing."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from appliance.cli.context import Context
from appliance.cli.status_lines import status_table
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError

WATCH_PERIOD_S = 1.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--watch", is_flag=True, help="Show it anew each second until Ctrl-C.")
@click.pass_obj
def status(context: Context, as_json: bool, watch: bool) -> None:
    """Show what is on the screen and why, camera, weather, machine, troubles."""
    if as_json and watch:
        raise click.UsageError("--json and --watch exclude each other")
    # A unit that does not run is an error in either case.
    report = RunningUnit.find(context.state_dir).status()
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    elif watch:
        _watch(context.state_dir)
    else:
        Console().print(status_table(report))


def _watch(state_dir: Path) -> None:
    """Until Ctrl-C; a unit that is started again in between comes back by itself."""
    with contextlib.suppress(KeyboardInterrupt), Live(_shown(state_dir), screen=False) as live:
        while True:
            time.sleep(WATCH_PERIOD_S)
            live.update(_shown(state_dir))


def _shown(state_dir: Path) -> RenderableType:
    try:
        return status_table(RunningUnit.find(state_dir).status())
    except DaemonError as exc:
        return Text(str(exc), style="yellow")
