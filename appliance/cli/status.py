"""``appliance status``: what the running unit is doing."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.context import Context
from appliance.daemon.running_unit import RunningUnit


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(context: Context, as_json: bool) -> None:
    """Show what is on the screen and why, camera, clips, troubles."""
    report = RunningUnit.find(context.state_dir).status()
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for key, value in report.items():
        table.add_row(key.replace("_", " "), _shown(value))
    Console().print(table)


def _shown(value: Any) -> str:
    if value is None or value == []:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
