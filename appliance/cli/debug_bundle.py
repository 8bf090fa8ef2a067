"""``appliance debug-bundle``: what somebody who helps needs to know, without secret or picture."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import distributions, version
from pathlib import Path
from urllib.parse import quote, unquote

import click
import requests

from appliance.cli.context import Context
from appliance.cli.doctor import examine
from appliance.cli.whole_file import write_whole
from appliance.config import Settings
from appliance.config.load import read_settings_text
from appliance.daemon.running_unit import TIMEOUT_S, RunningUnit
from appliance.errors import ApplianceError, ContentError
from appliance.inspection.content import Known, suspicion_of
from appliance.store.database import open_database

JOURNAL_LINES = 5000
TOOL_TIMEOUT_S = 30.0
HIDDEN = "[left out]"
_LEAST_SECRET = 6
_LINK = re.compile(r"(/c/|[?&](?:token|key|serviceKey|ServiceKey|password)=)[^\s\"'<>&]+")
_CREDENTIALS = re.compile(r"(\w+://)[^/\s:@\"']+:[^/\s@\"']+@")
_SECRET_SETTING = re.compile(
    r"""(?mx) ^(\s* (?:export_command|[\w.]*(?:password|token|secret)) \s*=\s*)
    (?: \[ [^\]]* \] | .* )$"""
)


@click.command("debug-bundle")
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Archive to write.  [default: maum-debug-DATE.tar.gz]",
)
@click.pass_obj
def debug_bundle(context: Context, path: Path | None) -> None:
    """Collect log, settings, versions, status and doctor's findings in one file.

    No picture, no film, no row of the database, and no secret: the unit's key, the weather
    service's key, links of QR codes, passwords in addresses and the export command are left out.
    """
    now = dt.datetime.now().astimezone()
    target = path or Path(f"maum-debug-{now:%Y%m%d-%H%M%S}.tar.gz")
    secrets = secrets_of(context)
    parts = {}
    for name, make in _parts(context).items():
        try:
            text = make()
        except (ApplianceError, OSError, requests.RequestException) as exc:
            text = f"not there: {exc}\n"
        parts[name] = redacted(text, secrets).encode("utf-8")
    _require_clean(parts, secrets)
    write_whole(target, [_archive(parts, now)])
    target.chmod(0o600)
    click.echo(f"{target}: {', '.join(parts)}; read it before you hand it on")


def redacted(text: str, secrets: frozenset[str]) -> str:
    """Without the secrets, links that open a visit's page, and passwords in addresses."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _LINK.sub(rf"\1{HIDDEN}", text)
    return _CREDENTIALS.sub(rf"\1{HIDDEN}@", text)


def secrets_of(context: Context) -> frozenset[str]:
    """The unit's key and the weather service's, in every form in which they may be written."""
    files = [context.state_dir / "secret.key", context.state_dir / "kma_service_key"]
    settings = _settings(context)
    if settings.surroundings.kma_service_key_file:
        files.append(Path(settings.surroundings.kma_service_key_file))
    found = set()
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        found |= {text, quote(text, safe=""), unquote(text), text.upper()}
    return frozenset(secret for secret in found if len(secret) >= _LEAST_SECRET)


def _settings(context: Context) -> Settings:
    try:
        return context.settings
    except ApplianceError:
        return Settings()


def _parts(context: Context) -> dict[str, Callable[[], str]]:
    return {
        "versions.txt": lambda: "".join(_versions()),
        "doctor.json": lambda: json.dumps(
            [asdict(finding) for finding in examine(context)], ensure_ascii=False, indent=1
        ),
        "status.json": lambda: json.dumps(
            RunningUnit.find(context.state_dir).status(), ensure_ascii=False, indent=1
        ),
        "metrics.txt": lambda: _metrics(context),
        "config.toml": lambda: _config(context),
        "database.txt": lambda: _database(context),
        "files.txt": lambda: "".join(_files(context.state_dir)),
        "journal.txt": _journal,
    }


def _versions() -> Iterator[str]:
    yield f"maum-signage {version('maum-signage')}\n"
    yield f"python {platform.python_version()}, {platform.platform()}\n"
    for path in ("/proc/device-tree/model", "/etc/os-release", "/proc/meminfo"):
        try:
            lines = Path(path).read_text(encoding="utf-8", errors="replace").strip("\0\n")
        except OSError:
            continue
        yield "\n".join(lines.splitlines()[:8]) + "\n"
    for tool in ("ffmpeg", "chromium", "cage", "vcgencmd", "grim"):
        yield f"{tool}: {shutil.which(tool) or 'not found'}\n"
    packages = {(each.metadata["Name"] or "").lower(): each.version for each in distributions()}
    yield from (f"{name}=={packages[name]}\n" for name in sorted(packages) if name)


def _metrics(context: Context) -> str:
    url = RunningUnit.find(context.state_dir).panel_url
    return requests.get(f"{url}/metrics", timeout=TIMEOUT_S).text


def _config(context: Context) -> str:
    if context.config_path is None:
        return "# no settings file\n"
    text = read_settings_text(context.config_path)
    return _SECRET_SETTING.sub(rf'\1"{HIDDEN}"', text)


def _database(context: Context) -> str:
    """How many rows there are of what; none of them."""
    with open_database(context.database_path, read_only=True) as database:
        names = database.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        lines = [f"{context.database_path.stat().st_size} bytes\n"]
        for row in names:
            count = database.row(f'SELECT count(*) AS n FROM "{row["name"]}"')  # noqa: S608
            lines.append(f"{row['name']}: {count['n'] if count else 0} rows\n")
        versions = database.rows("SELECT name, applied_at FROM schema_migrations ORDER BY version")
    return "".join([*lines, *(f"{row['name']} at {row['applied_at']}\n" for row in versions)])


def _files(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(place, name)
            try:
                status = path.lstat()
            except OSError:
                continue
            changed = dt.datetime.fromtimestamp(status.st_mtime, dt.UTC).isoformat(" ", "seconds")
            yield (
                f"{status.st_mode & 0o7777:04o} {status.st_uid}:{status.st_gid}"
                f" {status.st_size:>12} {changed} {path.relative_to(folder)}\n"
            )


def _journal() -> str:
    tool = shutil.which("journalctl")
    if tool is None:
        return "there is no journalctl here\n"
    units = ["-u", "appliance", "-u", "appliance-kiosk", "-u", "appliance-*"]
    command = [tool, *units, "-n", str(JOURNAL_LINES), "--no-pager", "-o", "short-iso"]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TOOL_TIMEOUT_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "journalctl did not answer\n"
    return (done.stdout + done.stderr).decode("utf-8", errors="replace")


def _require_clean(parts: dict[str, bytes], secrets: frozenset[str]) -> None:
    """Looked at once more, as a reader would: raises ContentError rather than give anything out."""
    for name, content in parts.items():
        if any(secret.encode("utf-8") in content for secret in secrets):
            raise ContentError(f"{name} would hold a secret; nothing was written, please report it")
        if suspicion_of(content, Known(), is_number_list_usual=True):
            raise ContentError(
                f"{name} would hold a picture; nothing was written, please report it"
            )


def _archive(parts: dict[str, bytes], now: dt.datetime) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(f"maum-debug/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(now.timestamp())
            tar.addfile(entry, io.BytesIO(content))
    return file.getvalue()
