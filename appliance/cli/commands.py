"""The ``appliance`` command: options common to all verbs, and every verb."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from appliance.cli.context import DEFAULT_CONFIG, DEFAULT_STATE_DIR, Context

COMMANDS = (
    "backup", "bench", "campaign", "clip", "compose", "config", "debug-bundle", "doctor",
    "interest", "library", "model", "mood", "phone", "privacy-check", "purge", "reaction", "replay",
    "report", "restore", "run", "screenshot", "see", "start-sensing", "status", "stop-sensing",
    "version", "why",
)  # fmt: skip
"""Each is the command of its name in the module of its name, but for these two."""

_ELSEWHERE = {
    "restore": ("backup", "restore_command"),
    "start-sensing": ("stop_sensing", "start_sensing"),
}


class CommandModules(click.Group):
    """Loads the command that is asked for and no other: together they take seconds on a Pi."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module, attribute = _ELSEWHERE.get(cmd_name, (name, name))
        command = getattr(import_module(f"appliance.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=CommandModules,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="maum-signage", prog_name="appliance")
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="APPLIANCE_STATE_DIR",
    default=DEFAULT_STATE_DIR,
    show_default=True,
    help="Folder of database, clips and secrets.  [env: APPLIANCE_STATE_DIR]",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="APPLIANCE_CONFIG",
    default=None,
    help=f"Settings file; 'none' takes the defaults.  [env: APPLIANCE_CONFIG]"
    f"  [default: {DEFAULT_CONFIG}, if it is there]",
)
@click.pass_context
def appliance(click_context: click.Context, state_dir: Path, config_path: Path | None) -> None:
    """Maum Signage: one signage unit that chooses its clips by expression."""
    new_config_path = None
    if config_path is None:
        config_path = DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None
        new_config_path = DEFAULT_CONFIG
    elif str(config_path) == "none":
        config_path = None
    click_context.obj = Context(state_dir, config_path, new_config_path)
