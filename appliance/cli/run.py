"""``appliance run``: the unit itself, in the foreground."""

from __future__ import annotations

import logging

import click

from appliance.camera.camera import check_recording
from appliance.cli.context import Context
from appliance.config import Settings
from appliance.daemon.app import run_unit
from appliance.daemon.options import UnitOptions

LANGUAGES = click.Choice(["ko", "en", "both"])


@click.command()
@click.option(
    "--camera",
    "camera_source",
    help="Camera of this run: auto, picamera2, builtin, /dev/videoN, or a file or folder.",
)
@click.option("--language", type=LANGUAGES, help="Language of the panel in this run.")
@click.option("--demo", is_flag=True, help="Without a camera take the built-in feed.")
@click.pass_obj
def run(context: Context, camera_source: str | None, language: str | None, demo: bool) -> None:
    """Run the unit until Ctrl-C or SIGTERM; prints the address of the panel."""

    def with_options(settings: Settings) -> Settings:
        if language is None:
            return settings
        panel = settings.panel.model_copy(update={"language": language})
        return settings.model_copy(update={"panel": panel})

    if camera_source is not None:
        # A slip of the pen is told at once; a setting may name what is only there later.
        check_recording(camera_source)
    from_file, trouble = context.settings_at_start()
    settings = with_options(from_file)
    logging.basicConfig(
        level=settings.log.level.upper(),
        format="%(asctime)s %(levelname)-7s %(threadName)-12s %(message)s",
        datefmt="%H:%M:%S",
    )
    if trouble is not None:
        logging.getLogger(__name__).error("The settings file is wrong: %s", trouble)
    run_unit(
        UnitOptions(
            state_dir=context.state_dir,
            settings=settings,
            camera_source=settings.camera.source if camera_source is None else camera_source,
            config_path=context.config_path,
            is_demo=demo,
            settings_trouble=trouble,
            read_settings=lambda: with_options(context.fresh_settings()),
        ),
        announce=click.echo,
    )
