"""``appliance doctor``: check every part the unit needs and say what to do about each."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator

import click

from appliance.camera.camera import open_camera
from appliance.cli import doctor_machine, doctor_unit
from appliance.cli.context import Context
from appliance.cli.findings import Finding, Verdict, findings_of, report_and_exit
from appliance.daemon.networks import Networks
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError, SurroundingsError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.surroundings.open_watch import open_provider

LEAST_FREE_BYTES = 500_000_000


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def doctor(context: Context, as_json: bool) -> None:
    """Check every part the unit needs and say what to do; exit status 1 if one fails."""
    report_and_exit(examine(context), as_json=as_json)


def examine(context: Context) -> Iterator[Finding]:
    """Every check in turn; one that fails does not keep the others from running."""
    checks: dict[str, Callable[[Context], tuple[Verdict, str]]] = {
        "settings": _settings,
        "unit": _unit,
        "networks": _networks,
        "camera": _camera,
        "clips": _clips,
        "weather": _weather,
        "disk": _disk,
        "tools": _tools,
        "playback": doctor_unit.playable,
        "browser": doctor_unit.browser,
        "backup": doctor_unit.backups,
        "log": doctor_unit.log,
        "card": doctor_machine.card,
        "power": doctor_machine.power,
        "heat": doctor_machine.heat,
        "clock": doctor_machine.clock,
        "display": doctor_machine.display,
        "network": doctor_machine.network,
    }
    return findings_of(checks, context)


def _settings(context: Context) -> tuple[Verdict, str]:
    _ = context.settings
    return Verdict.OK, f"read from {context.config_path or 'defaults (no settings file)'}"


def _unit(context: Context) -> tuple[Verdict, str]:
    try:
        running = RunningUnit.find(context.state_dir)
    except DaemonError as exc:
        return Verdict.WARN, str(exc)
    status = running.status()
    troubles = status.get("troubles") or []
    if troubles:
        return Verdict.WARN, f"running (process {running.pid}), troubles: {', '.join(troubles)}"
    return Verdict.OK, f"running (process {running.pid}) at {running.panel_url}"


def _networks(context: Context) -> tuple[Verdict, str]:
    networks = Networks(context.settings.models, context.state_dir)
    networks.open_both()
    titles = ", ".join(network.title for network in networks.in_use)
    troubles = [trouble for network in networks.in_use for trouble in network.troubles]
    if troubles:
        return Verdict.WARN, f"{titles}; could not be used: {'; '.join(troubles)}"
    return Verdict.OK, titles


def _camera(context: Context) -> tuple[Verdict, str]:
    try:
        status = RunningUnit.find(context.state_dir).status()
    except DaemonError:
        status = None
    if status is not None:
        # The running unit holds the camera; opening it twice would take it away.
        if status["sensing"] == "paused":
            return (
                Verdict.OK,
                f"closed by {status['sensing_paused_by'] or 'a wish that just ended'}",
            )
        if status["camera"] == "none":
            return Verdict.FAIL, f"the running unit has none (sensing: {status['sensing']})"
        return Verdict.OK, f"{status['camera']} at {status['frames_per_s']:.1f} frames/s (in use)"
    settings = context.settings.camera
    camera = open_camera(
        settings.source,
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
        builtin_fallback=False,
    )
    try:
        height_px, width_px = camera.read().image.shape[:2]
    finally:
        camera.close()
    return Verdict.OK, f"{camera.name} delivers {width_px}x{height_px}"


def _clips(context: Context) -> tuple[Verdict, str]:
    if not context.database_path.exists():
        return Verdict.WARN, f"no database at {context.database_path} yet; 'appliance run' makes it"
    database = open_database(context.database_path, read_only=True)
    try:
        clips = ClipStore(database).enabled()
    finally:
        database.close()
    missing = [clip.file for clip in clips if not (context.clips_dir / clip.file).is_file()]
    if missing:
        return Verdict.FAIL, f"files are missing in {context.clips_dir}: {', '.join(missing[:5])}"
    if not clips:
        return Verdict.FAIL, "no clip is enabled; add one with 'appliance clip add'"
    kinds = {kind: sum(clip.kind == kind for clip in clips) for kind in ("healing", "ad")}
    verdict = Verdict.OK if kinds["healing"] else Verdict.WARN
    return verdict, f"{kinds['healing']} healing, {kinds['ad']} advertising, all files there"


def _weather(context: Context) -> tuple[Verdict, str]:
    settings = context.settings.surroundings
    try:
        provider = open_provider(settings)
        if provider is None:
            return Verdict.OK, "nobody is asked for it (surroundings.weather is off)"
        weather = provider.current(dt.datetime.now().astimezone())
    except SurroundingsError as exc:
        # The healing loop does without.
        return Verdict.WARN, f"{settings.weather}: {exc}"
    return Verdict.OK, f"{settings.weather} says {weather.value} for {provider.place}"


def _disk(context: Context) -> tuple[Verdict, str]:
    folder = context.state_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB free for {context.state_dir}"
    if free < LEAST_FREE_BYTES:
        return Verdict.FAIL, f"{message}; free at least {LEAST_FREE_BYTES / 1e9:.1f} GB"
    return Verdict.OK, message


def _tools(context: Context) -> tuple[Verdict, str]:
    missing = [tool for tool in ("ffmpeg", "ffprobe") if shutil.which(tool) is None]
    if missing:
        return Verdict.FAIL, f"{', '.join(missing)} not found; apt-get install ffmpeg"
    return Verdict.OK, "ffmpeg and ffprobe found"
