"""The ``appliance`` command: options common to all verbs, and every verb."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from appliance.cli.context import DEFAULT_CONFIG, DEFAULT_STATE_DIR, Context

COMMANDS = {
    "backup": "Back the unit up into one file, list and verify backups.",
    "bench": "Measure detection, emotion and the whole frame.",
    "campaign": "Dates, dayparts, share of voice, caps and targets.",
    "clip": "The library: add, edit, approve, preview, remove clips.",
    "compose": "Make a clip from photographs, videos and music.",
    "config": "Check the settings, show them, change one.",
    "debug-bundle": "Collect log, settings, versions and findings.",
    "doctor": "Check every part the unit needs and say what to do.",
    "interest": "The model that predicts interest from a reaction.",
    "library": "The library as a whole, by valence and arousal.",
    "model": "Install your own network, go back, list, show.",
    "mood": "Show the mood of pictures, with valence and arousal.",
    "phone": "The pages behind the QR code.",
    "privacy-check": "Prove that no picture is kept and nothing else sent.",
    "purge": "Take out rows older than the settings keep them.",
    "reaction": "Report how much of a play each emotion led.",
    "replay": "Estimate how another policy would have been liked.",
    "report": "Plays, campaigns, emotions, clips, and their proof.",
    "restore": "Put a backup in the place of this unit's state.",
    "run": "Run the unit until Ctrl-C or SIGTERM.",
    "screenshot": "Save what the kiosk's screen shows at this moment.",
    "see": "Show the faces in pictures and their expressions.",
    "start-sensing": "End stop-sensing, and a passer-by's pause.",
    "status": "Show what is on the screen and why, and troubles.",
    "stop-sensing": "Close the camera until it is started again.",
    "version": "Show the version, and whether packages are as tested.",
    "why": "Explain why a play was chosen.",
}
"""Each is the command of its name in the module of its name, but for those elsewhere; what it does
stands here, so that the list of all commands loads none of them."""

_ELSEWHERE = {
    "restore": ("backup", "restore_command"),
    "start-sensing": ("stop_sensing", "start_sensing"),
}


class CommandModules(click.Group):
    """Loads the command that is asked for and no other: together they take seconds on a Pi."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

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
