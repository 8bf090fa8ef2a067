"""``appliance doctor``: check every part the unit needs and say what to do about each."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Iterable, Iterator

import click

from appliance.camera.camera import open_camera
from appliance.cli import doctor_machine, doctor_unit, proof_record
from appliance.cli.context import Context
from appliance.cli.findings import Finding, Verdict, findings_of, report_and_exit
from appliance.content.clip_folder import SET_ASIDE
from appliance.content.film_book import FilmBook
from appliance.daemon.drop_folder import FAILED, DropFolder
from appliance.daemon.networks import Networks
from appliance.daemon.passing_state import why_not_writable
from appliance.daemon.running_unit import RunningUnit
from appliance.daemon.upright_check import LEAST_VOTES, UprightCheck
from appliance.errors import DaemonError, SurroundingsError
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from appliance.store.lost_database import is_nothing, trace_beside
from appliance.surroundings.open_watch import open_provider

LEAST_FREE_BYTES = 500_000_000
TOLD = 3
"""Clips or files that are named at most."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def doctor(context: Context, as_json: bool) -> None:
    """Check every part the unit needs and say what to do; exit status 1 if one fails."""
    report_and_exit(examine(context), as_json=as_json)


def examine(context: Context) -> Iterator[Finding]:
    """Every check in turn; one that fails does not keep the others from running."""
    return findings_of(CHECKS, context)


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
    troubles += [trouble for trouble in _failed_at_work(context) if trouble not in troubles]
    if troubles:
        return Verdict.WARN, f"{titles}; could not be used: {'; '.join(troubles)}"
    return Verdict.OK, titles


def _failed_at_work(context: Context) -> list[str]:
    """Only the running unit knows."""
    try:
        return RunningUnit.find(context.state_dir).status().get("network_troubles") or []
    except DaemonError:
        return []


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
        if status.get("camera_turned"):
            return Verdict.WARN, _turned(context, status["camera_turned"])
        return Verdict.OK, f"{status['camera']} at {status['frames_per_s']:.1f} frames/s (in use)"
    settings = context.settings.camera
    camera = open_camera(
        settings.source,
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
        builtin_fallback=False,
        rotate=settings.rotate,
        mirror=settings.mirror,
        refuse_frozen=True,
    )
    check = UprightCheck()
    try:
        detector = Networks(context.settings.models, context.state_dir).open_detector()
        for _ in range(LEAST_VOTES):
            image = camera.read().image
            check.look(detector, image)
    finally:
        camera.close()
    if check.turn is not None:
        return Verdict.WARN, _turned(context, check.turn)
    return Verdict.OK, f"{camera.name} delivers {image.shape[1]}x{image.shape[0]}"


def _turned(context: Context, degrees: int) -> str:
    wanted = (context.settings.camera.rotate + degrees) % 360
    return (
        "heads stand upright only when its picture is turned; 'appliance config set camera.rotate"
        f" {wanted}', then restart the unit"
    )


def _clips(context: Context) -> tuple[Verdict, str]:
    if is_nothing(context.database_path) and trace_beside(context.database_path) is None:
        return Verdict.WARN, f"no database at {context.database_path} yet; 'appliance run' makes it"
    database = open_database(context.database_path, read_only=True)
    try:
        clips = ClipStore(database).enabled()
    finally:
        database.close()
    missing = [
        f"{clip.id} '{clip.title}'"
        for clip in clips
        if not (context.clips_dir / clip.file).is_file()
    ]
    if missing:
        return Verdict.FAIL, (
            f"clips whose file is gone from {context.clips_dir}: {_named(missing)};"
            " add them anew, or 'appliance clip remove' them"
        )
    checks = FilmBook(context.state_dir).read()
    unfit = [f"{clip.id} '{clip.title}': {checks[clip.file].trouble}" for clip in clips
             if clip.file in checks and checks[clip.file].trouble]  # fmt: skip
    if unfit:
        return Verdict.FAIL, (
            f"clips that are not shown: {_named(unfit)}; find out who wrote to {context.clips_dir},"
            " then put the file back, or 'appliance clip remove' the clip and add it anew"
        )
    if not clips:
        return Verdict.FAIL, "no clip is enabled; add one with 'appliance clip add'"
    kinds = {kind: sum(clip.kind == kind for clip in clips) for kind in ("healing", "ad")}
    verdict = Verdict.OK if kinds["healing"] else Verdict.WARN
    message = f"{kinds['healing']} healing, {kinds['ad']} advertising, all files there"
    unapproved = sum(not clip.approved for clip in clips)
    if unapproved:
        message += f"; waiting for 'appliance clip approve': {unapproved}"
    aside = [*(context.state_dir / SET_ASIDE).glob("*.[mw][pe]*")]
    if aside:
        verdict = Verdict.WARN
        message += f"; in {aside[0].parent}, to be added again or deleted: {len(aside)} films"
    return verdict, message


def _drop_folder(context: Context) -> tuple[Verdict, str]:
    library = context.settings.library
    if not library.drop_folder:
        return Verdict.OK, "switched off (library.drop_folder)"
    drop = DropFolder(context.state_dir / "drop")
    if not drop.path.exists():
        return Verdict.WARN, f"no folder {drop.path} yet; 'appliance run' makes it"
    if not os.access(drop.path, os.R_OK | os.W_OK | os.X_OK) or not drop.path.is_dir():
        return Verdict.FAIL, f"{drop.path} is no folder that can be written to; check its owner"
    try:
        failed, waiting = drop.failed(), len(drop.waiting())
    except OSError as exc:
        return Verdict.FAIL, f"{exc.filename}: {exc.strerror}; check its owner"
    free_mb = shutil.disk_usage(drop.path).free / 1e6
    if free_mb < library.reserve_mb:
        room = f"{free_mb:.0f} MB free, {library.reserve_mb} stay in reserve (library.reserve_mb)"
        return Verdict.WARN, f"no clip can be taken in: {room}; free some space"
    if failed:
        return Verdict.WARN, f"not taken in, see {drop.path / FAILED}: {_named(failed.values())}"
    if waiting and not _is_running(context):
        return Verdict.WARN, f"files that wait in {drop.path} for the unit to run: {waiting}"
    return Verdict.OK, f"files that wait in {drop.path}: {waiting}"


def _named(texts: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    all_texts = [*texts]
    more = f" and {len(all_texts) - TOLD} more" if len(all_texts) > TOLD else ""
    return "; ".join(all_texts[:TOLD]) + more


def _is_running(context: Context) -> bool:
    try:
        RunningUnit.find(context.state_dir)
    except DaemonError:
        return False
    return True


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
    why = why_not_writable(context.state_dir)
    if why is not None:
        return Verdict.FAIL, (
            f"{context.state_dir} cannot be written ({why}): a unit that starts plays from memory"
            " and records nothing; check its owner, restart a machine whose card is read-only"
        )
    if free < LEAST_FREE_BYTES:
        return Verdict.FAIL, f"{message}; free at least {LEAST_FREE_BYTES / 1e9:.1f} GB"
    return Verdict.OK, message


def _tools(context: Context) -> tuple[Verdict, str]:
    missing = [tool for tool in ("ffmpeg", "ffprobe") if shutil.which(tool) is None]
    if missing:
        return Verdict.FAIL, f"{', '.join(missing)} not found; apt-get install ffmpeg"
    return Verdict.OK, "ffmpeg and ffprobe found"


CHECKS: dict[str, Callable[[Context], tuple[Verdict, str]]] = {
    "settings": _settings,
    "unit": _unit,
    "networks": _networks,
    "camera": _camera,
    "clips": _clips,
    "drop": _drop_folder,
    "weather": _weather,
    "disk": _disk,
    "tools": _tools,
    "playback": doctor_unit.playable,
    "browser": doctor_unit.browser,
    "backup": doctor_unit.backups,
    "proof": proof_record.proof,
    "log": doctor_unit.log,
    "card": doctor_machine.card,
    "power": doctor_machine.power,
    "heat": doctor_machine.heat,
    "memory": doctor_machine.memory,
    "clock": doctor_machine.clock,
    "display": doctor_machine.display,
    "network": doctor_machine.network,
}
