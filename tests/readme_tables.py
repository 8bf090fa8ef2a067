"""The tables of README that come from the code; ``python -m tests.readme_tables`` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from appliance.cli.commands import appliance
from appliance.cli.config import shown
from appliance.config.load import setting_fields
from appliance.config.settings import Settings

README = Path(__file__).resolve().parent.parent / "README.md"


def settings_table() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for path, field in setting_fields(Settings):
        if path == "panel.language":
            default = "by locale"  # computed, so it differs between machines
        else:
            value = shown(field.get_default(call_default_factory=True))
            default = f"`{value}`" if value else "–"
        rows.append(f"| `{path}` | {default} | {field.description} |")
    return "\n".join(rows)


def commands_table() -> str:
    rows = ["| command | what it does |", "|---|---|"]
    for usage, help_line in _commands(appliance, []):
        escaped = usage.replace("|", "\\|")
        rows.append(f"| `{escaped}` | {help_line} |")
    return "\n".join(rows)


def _commands(group: click.Group, path: list[str]) -> Iterator[tuple[str, str]]:
    context = click.Context(group)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        words = [*path, name]
        if isinstance(command, click.Group):
            yield from _commands(command, words)
            if not command.invoke_without_command:
                continue
        assert command is not None
        arguments = [
            parameter.make_metavar(click.Context(command))
            for parameter in command.params
            if isinstance(parameter, click.Argument)
        ]
        help_line = (command.help or "").strip().split("\n\n")[0].replace("\n", " ")
        yield " ".join(["appliance", *words, *arguments]), " ".join(help_line.split())


TABLES = {"settings": settings_table, "commands": commands_table}


def block(name: str, text: str) -> str:
    """The part of a README text between the markers of one table."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    return found.group(1) if found else ""


def written(text: str) -> str:
    """A README text with every table made anew."""
    for name, make in TABLES.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)",
            lambda match, make=make: match[1] + make() + match[2],
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
