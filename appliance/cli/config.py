"""``appliance config``: check the settings file, show what is in force, change one setting."""

from __future__ import annotations

import json
from typing import Any

import click
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.cli.context import Context
from appliance.config.load import setting_at, setting_fields
from appliance.config.settings import Settings
from appliance.config.write import set_setting, unset_setting
from appliance.daemon.live_settings import LIVE
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError


@click.group()
def config() -> None:
    """Settings: check the file, show what is in force, change one."""


@config.command()
@click.pass_obj
def check(context: Context) -> None:
    """Read the settings file and list every mistake in it."""
    _ = context.settings
    click.echo(f"{context.config_path or 'defaults (no settings file)'}: all settings are right")


@config.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(context: Context, as_json: bool) -> None:
    """Show every setting: its value now and what it means."""
    settings = context.settings
    if as_json:
        click.echo(json.dumps(to_jsonable_python(settings), ensure_ascii=False, indent=2))
        return
    table = Table(title=f"Settings from {context.config_path or 'defaults'}")
    for heading in ("setting", "value", "meaning"):
        table.add_column(heading, overflow="fold")
    for path, field in setting_fields(Settings):
        # As plain text: a value or a meaning may hold brackets, which are markup to rich.
        words = (path, shown(setting_at(settings, path)), field.description)
        table.add_row(*(Text(word) for word in words))
    Console().print(table)


@config.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("value")
@click.pass_obj
def set_(context: Context, key: str, value: str) -> None:
    """Change one setting in the file; comments and order stay, a mistake changes nothing."""
    path = context.writable_config_path
    settings = set_setting(path, key, value)
    click.echo(f"{path}: {key} = {shown(setting_at(settings, key))}")
    _say_when(context, key)


@config.command()
@click.argument("key")
@click.pass_obj
def unset(context: Context, key: str) -> None:
    """Take one setting out of the file, so that its default holds."""
    path = context.writable_config_path
    if not unset_setting(path, key):
        click.echo(f"{path}: {key} was not set; nothing has changed")
        return
    click.echo(f"{path}: {key} is not set any more")
    _say_when(context, key)


def _say_when(context: Context, key: str) -> None:
    """A change of the file is none of the running unit until it reads it again."""
    try:
        pid = RunningUnit.find(context.state_dir).pid
    except DaemonError:
        return
    if key in LIVE:
        click.echo(f"The running unit takes it over on 'kill -HUP {pid}'.")
    else:
        click.echo("The running unit takes it over when it is started again.")


def shown(value: Any) -> str:
    """A value as it would stand in the TOML file; empty for "not set"."""
    return "" if value is None else json.dumps(to_jsonable_python(value), ensure_ascii=False)
