"""The ``appliance`` command: options common to all verbs, and errors as one line."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import click

from appliance.cli.bench import bench
from appliance.cli.campaign import campaign
from appliance.cli.clip import clip
from appliance.cli.config import config
from appliance.cli.context import DEFAULT_CONFIG, DEFAULT_STATE_DIR, Context
from appliance.cli.doctor import doctor
from appliance.cli.model import model
from appliance.cli.phone import phone
from appliance.cli.purge import purge
from appliance.cli.replay import replay
from appliance.cli.report import report
from appliance.cli.run import run
from appliance.cli.screenshot import screenshot
from appliance.cli.see import see
from appliance.cli.status import status
from appliance.cli.why import why
from appliance.errors import ApplianceError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("maum-signage"), prog_name="appliance")
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


for command in (
    run, see, why, replay, clip, campaign, phone, model, status, report, purge, config, doctor,
    bench, screenshot,
):  # fmt: skip
    appliance.add_command(command)


def main() -> None:
    """Entry point: an expected error is one line on stderr and exit status 1."""
    try:
        appliance(standalone_mode=True)
    except ApplianceError as exc:
        click.echo(f"appliance: {exc}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
