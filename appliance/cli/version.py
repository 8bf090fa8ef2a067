"""``appliance version``: what is installed here, and the list of parts of this release."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import click

from appliance.errors import ContentError
from appliance.shipped import shipped


@click.command("version")
@click.option(
    "--sbom", "wants_sbom", is_flag=True, help="Print the list of parts (CycloneDX JSON)."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def version(context: click.Context, wants_sbom: bool, as_json: bool) -> None:
    """Tell the version, and whether every package is the one that this release was tested with.

    A package of another version makes the exit status 1.
    """
    text = _sbom()
    if wants_sbom:
        click.echo(text, nl=False)
        return
    parts = _versions(json.loads(text)["components"])
    installed = dict(_installed(parts))
    others = {name: found for name, found in installed.items() if found not in parts[name]}
    ours, python = metadata.version("maum-signage"), platform.python_version()
    if as_json:
        facts = {"version": ours, "python": python, "machine": platform.machine()}
        click.echo(json.dumps({**facts, "packages": installed, "not_as_tested": sorted(others)}))
    else:
        click.echo(f"appliance {ours}, Python {python}, {platform.machine()}")
        for name, found in others.items():
            click.echo(f"{name} is {found}, tested was {' or '.join(parts[name])}")
        if not others:
            click.echo(f"{len(installed)} packages, all as tested (--sbom lists them)")
    context.exit(1 if others else 0)


def _sbom() -> str:
    path = shipped("systemd/requirements/sbom.cdx.json")
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ContentError(
            f"there is no list of parts at {path}; install the release with deploy.sh"
        ) from exc


def _versions(components: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Name -> versions, of which each Python takes one."""
    found: dict[str, list[str]] = {}
    for component in components:
        found.setdefault(component["name"], []).append(component["version"])
    return found


def _installed(names: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
