"""``appliance model``: the operator's own networks, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, assert_never

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.context import Context
from appliance.daemon.networks import NetworkInUse, Networks, check_network, check_speed
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError, ModelError
from appliance.inference.model_folder import SHIPPED, TASKS
from appliance.inference.model_manifest import ModelManifest, Task

TASK = click.Choice(TASKS)


@click.group()
def model() -> None:
    """Networks: install your own, go back, list, show."""


@model.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.pass_obj
def install(context: Context, file: Path) -> None:
    """Check a network and use it from now on; the one before is kept for a rollback.

    FILE is an .onnx file with its .json manifest beside it, or that manifest, or a .zip of
    exactly these two. The manifest's task says whether it finds faces, estimates emotions or tells
    pictures' moods; a face network stands in for the shipped one of either size.

    Checked before anything changes: the manifest, the checksum, inputs and outputs, the
    manifest's self test, a test picture with one face, and the time one picture takes (at
    most models.max_ms). A network that fails leaves everything as it was. A path in the
    settings (models.detector, .emotion, .mood) goes before installed networks, these before
    the shipped ones.
    """
    networks = Networks(context.settings.models, context.state_dir)
    took_ms = 0.0

    def check(path: Path) -> ModelManifest:
        nonlocal took_ms
        manifest = check_network(path)
        took_ms = check_speed(path, context.settings.models)
        return manifest

    manifest = networks.folder.install(file, check)
    click.echo(f"installed for {manifest.task}: {manifest.name} {manifest.version}")
    most_ms = context.settings.models.max_ms
    click.echo(f"one picture takes {took_ms:.1f} ms here, at most {most_ms:g} may (models.max_ms)")
    _tell_when(context, networks, manifest.task)


@model.command()
@click.argument("task", type=TASK, required=False, metavar="[TASK]")
@click.pass_obj
def rollback(context: Context, task: Task | None) -> None:
    """Go back to the network used before; a second rollback returns.

    TASK is face-detection, emotion or picture-mood; without it, the one that was changed last.
    """
    networks = Networks(context.settings.models, context.state_dir)
    task, chosen = networks.folder.rollback(task, check_network)
    manifest = networks.manifest(task, chosen.current)
    click.echo(f"back for {task}: {manifest.name} {manifest.version} ({_origin(chosen.current)})")
    _tell_when(context, networks, task)


def _tell_when(context: Context, networks: Networks, task: Task) -> None:
    named = networks.settings_path(task)
    if named:
        click.echo(f"not used while the settings name {named}", err=True)
        return
    try:
        RunningUnit.find(context.state_dir)
    except DaemonError:
        click.echo("used from the next start of the unit on")
    else:
        click.echo("the running unit takes it with its next frame; see 'appliance status'")


@model.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def list_models(context: Context, as_json: bool) -> None:
    """List which network does what, how good it is, and which one was used before."""
    networks = Networks(context.settings.models, context.state_dir)
    rows = [_row(networks, task) for task in TASKS]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table()
    for heading in ("task", "in use", "from", "MB", "measured", "before it"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        used, before = row["in_use"], row["previous"]
        table.add_row(
            row["task"],
            f"{used['name']} {used['version']}" if used else "none",
            used["from"] if used else "–",
            f"{used['bytes'] / 1e6:.1f}" if used else "–",
            (used and used["measured"]) or "–",
            f"{before['name']} {before['version']} ({before['from']})" if before else "–",
        )
    # Names are people's text: "[red]" in one is no markup.
    Console(markup=False, highlight=False).print(table)
    for row in rows:
        for trouble in row["troubles"]:
            click.echo(f"{row['task']}: {trouble}", err=True)


def _row(networks: Networks, task: Task) -> dict[str, Any]:
    troubles: list[str] = []
    try:
        used = _open(networks, task)
        troubles.extend(used.troubles)
    except ModelError as exc:
        used = None
        troubles.append(str(exc))
    return {
        "task": task,
        "in_use": used and _facts(used),
        "previous": _previous(networks, task, troubles),
        "troubles": list(dict.fromkeys(troubles)),
    }


def _open(networks: Networks, task: Task) -> NetworkInUse:
    """The network that a unit would use now. Raises ModelError when there is none."""
    match task:
        case "emotion":
            networks.open_classifier()
        case "face-detection":
            networks.open_detector()
        case "picture-mood":
            networks.open_mood()
        case _:
            assert_never(task)
    return next(network for network in networks.in_use if network.task == task)


def _facts(used: NetworkInUse) -> dict[str, Any]:
    return {
        "name": used.manifest.name,
        "version": used.manifest.version,
        "from": used.origin.value,
        "file": str(used.path),
        "bytes": used.path.stat().st_size,
        "measured": measured(used.manifest),
    }


def _previous(networks: Networks, task: Task, troubles: list[str]) -> dict[str, Any] | None:
    """What a rollback would bring back; None: nothing, or damaged (then it is a trouble)."""
    try:
        entry = networks.folder.selection().of(task).previous
        if entry is None:
            return None
        manifest = networks.manifest(task, entry)
    except ModelError as exc:
        troubles.append(str(exc))
        return None
    return {"name": manifest.name, "version": manifest.version, "from": _origin(entry)}


def _origin(entry: str) -> str:
    return "shipped" if entry == SHIPPED else "installed"


@model.command()
@click.argument("task", type=TASK, metavar="TASK")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(context: Context, task: Task, as_json: bool) -> None:
    """Show the manifest of the network that does a task: inputs, thresholds, figures, licence.

    TASK is face-detection, emotion or picture-mood.
    """
    used = _open(Networks(context.settings.models, context.state_dir), task)
    facts = {
        "from": used.origin.value,
        "path": str(used.path),
        "troubles": list(used.troubles),
        # Its numbers are for the program that checks them.
        **used.manifest.model_dump(mode="json", by_alias=True, exclude={"self_test"}),
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for name, value in _flat(facts):
        click.echo(f"{name:<36} {value}")


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield f"{prefix}{name}", ", ".join(str(part) for part in value) or "–"
        else:
            yield f"{prefix}{name}", "–" if value is None or value == "" else str(value)


def measured(manifest: ModelManifest) -> str | None:
    """The first figure of the manifest's metrics that says how good the network is; None: none.

    Metrics are one table per set of pictures, whatever its name: ``seven`` and ``three`` are
    shares of right answers, ``recall`` the share of faces found, ``false_alarms`` those a picture,
    ``r_valence`` and ``r_arousal`` correlations with people's ratings.
    """
    for name, figures in manifest.metrics.items():
        if not isinstance(figures, Mapping):
            continue
        if isinstance(seven := figures.get("seven"), int | float):
            three = figures.get("three")
            of_three = f", {three:.1%} over three" if isinstance(three, int | float) else ""
            return f"{seven:.1%} over seven{of_three} ({name})"
        if isinstance(recall := figures.get("recall"), int | float):
            alarms = figures.get("false_alarms")
            at = f" at {alarms:.2f} false alarms" if isinstance(alarms, int | float) else ""
            return f"{recall:.1%} found{at} ({name})"
        if isinstance(valence := figures.get("r_valence"), int | float):
            return f"r = {valence:.2f} / {figures.get('r_arousal', 0.0):.2f} ({name})"
    return None
