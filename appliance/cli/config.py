"""``appliance config``: check the settings file, show what is in force."""

from __future__ import annotations

import json
from typing import Any

import click
from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.table import Table

from appliance.cli.context import Context
from appliance.config.load import setting_fields
from appliance.config.settings import Settings


@click.group()
def config() -> None:
    """Settings: check the file, show what is in force."""


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
        table.add_row(path, shown(value_at(settings, path)), field.description)
    Console().print(table)


def value_at(settings: Settings, path: str) -> Any:
    """The value at a key path such as ``panel.port``."""
    value: Any = settings
    for part in path.split("."):
        value = getattr(value, part)
    return value


def shown(value: Any) -> str:
    """A value as it would stand in the TOML file; empty for "not set"."""
    return "" if value is None else json.dumps(to_jsonable_python(value), ensure_ascii=False)
