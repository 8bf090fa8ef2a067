"""``appliance backup`` and ``restore``: a unit in one file, and back."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path
from typing import Any

import click

from appliance.backup.archive import check_archive
from appliance.backup.making import make_backup
from appliance.backup.restoring import Restored, restore
from appliance.backup.shelf import FULL, SNAPSHOT, Backup, backups_in, latest_first, rotate
from appliance.backup.signature import Trust
from appliance.cli.context import Context
from appliance.config import load_settings
from appliance.config.write import set_setting, unset_setting
from appliance.daemon.backup_loop import snapshot_folder, unit_files
from appliance.daemon.clock import Clock
from appliance.daemon.nightly_work import is_left_undone
from appliance.daemon.secret_key import backup_key
from appliance.errors import BackupError, ConfigError
from appliance.store.daemon_lock import DaemonLock

DIRECTORY = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(invoke_without_command=True)
@click.option("--to", "folder", type=DIRECTORY, help="Folder to write to, instead of backup.dir.")
@click.option("--database-only", is_flag=True, help="Leave out clips, networks and secrets.")
@click.option("--if-due", is_flag=True, help="Only what the daemon has left undone at night.")
@click.pass_context
def backup(
    click_context: click.Context, folder: Path | None, database_only: bool, if_due: bool
) -> None:
    """Back the unit up into one file, while it runs; it is read back before it counts.

    It holds the database, clips with their thumbnails, installed networks, settings and secrets,
    so keep it where nobody else reads it. Without --to it goes to backup.dir, else to backups/
    of the state directory.
    """
    if click_context.invoked_subcommand is not None:
        return
    context: Context = click_context.obj
    if if_due:
        _make_left_undone(context)
        return
    named = context.settings.backup.dir
    target = folder or (Path(named) if named else snapshot_folder(context.state_dir))
    scope = SNAPSHOT if database_only else FULL
    unit = unit_files(context.state_dir, context.config_path, context.settings)
    made = make_backup(unit, target, scope, dt.datetime.now().astimezone())
    if target == snapshot_folder(context.state_dir):
        _give_to_owner(context.state_dir, target)
    click.echo(f"{made}: {made.stat().st_size / 1e6:.1f} MB, read back and complete")


def _make_left_undone(context: Context) -> None:
    """For the timer; the night's backups are the daemon's own work as long as it does it."""
    settings = context.settings.backup
    folders = {SNAPSHOT: snapshot_folder(context.state_dir)}
    if settings.dir:
        folders[FULL] = Path(settings.dir)
    now = Clock().now().stamp
    unit = unit_files(context.state_dir, context.config_path, context.settings)
    for scope, folder in folders.items():
        newest = [each for each in backups_in(folder, scope, unit.key) if each.is_own]
        last = newest[0].made_at.astimezone() if newest else None
        # By a clock that is not set nobody knows the night; one backup is better than none.
        if last is not None and not now.is_synced:
            continue
        if is_left_undone(now.local, last, settings.time):
            made = make_backup(unit, folder, scope, now.local)
            rotate(folder, scope, settings.keep, unit.key)
            click.echo(f"{made}: made in the daemon's place")


@backup.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def list_(context: Context, as_json: bool) -> None:
    """List the backups in the state directory and in backup.dir, the latest by the proof first."""
    key = backup_key(context.state_dir)
    folders = backup_folders(context)
    found = latest_first(each for folder in folders for each in backups_in(folder, key=key))
    if as_json:
        click.echo(json.dumps([_facts(each) for each in found], ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo("there is no backup yet; make one with 'appliance backup'")
        return
    for each in found:
        facts = _facts(each)
        # No table: a path that is broken into lines cannot be copied.
        size = f"{each.size_bytes / 1e6:.1f} MB"
        whose = "" if each.is_own else f"  ({each.trust})"
        click.echo(f"{facts['made_at']}  {facts['holds']:<12}  {size:>10}  {facts['file']}{whose}")


@backup.command()
@click.argument("file", type=FILE, metavar="FILE")
def verify(file: Path) -> None:
    """Read a backup from beginning to end; exit status 1 if anything in it is damaged."""
    facts = check_archive(file).facts
    click.echo(f"{file}: complete, made {_local(facts.created_at)} by version {facts.version}")


@click.command("restore")
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--database-only", is_flag=True, help="Leave clips, networks and settings alone.")
@click.option("--keep-config", is_flag=True, help="Keep this unit's settings file.")
@click.option("--foreign", is_flag=True, help="Take what this unit's secret has not signed.")
@click.option("--with-commands", is_flag=True, help="Take a foreign phone.export_command, too.")
@click.pass_obj
def restore_command(
    context: Context,
    file: Path,
    database_only: bool,
    keep_config: bool,
    foreign: bool,
    with_commands: bool,
) -> None:
    """Put a backup in the place of this unit's state, which is kept aside; the unit must be off.

    Works on another unit as well, or on a new card, with --foreign: without that word only what
    this unit's own secret has signed is taken. A backup of an older program is brought up to
    date; one of a newer program is refused. Interrupted, the unit is as it was, or the rest is
    done at its next start.
    """
    context.state_dir.mkdir(parents=True, exist_ok=True)
    with DaemonLock(context.database_path):
        now = dt.datetime.now().astimezone()
        key = backup_key(context.state_dir)
        done = restore(
            file, context.state_dir, now,
            database_only=database_only, key=key, accepts_foreign=foreign,
        )  # fmt: skip
        _give_to_owner(context.state_dir, context.state_dir)
    facts = done.manifest.facts
    click.echo(f"restored {file.name}, made {_local(facts.created_at)} by version {facts.version}")
    click.echo(f"what was there is in {done.aside}; delete it when all is well")
    if done.strangers:
        click.echo(
            f"{done.strangers} files of clips that it does not know are in {done.aside / 'clips'};"
            " take them in again with 'appliance clip add'"
        )
    if done.config is not None and done.manifest.trust(key) is not Trust.OWN and not with_commands:
        for line in _without_commands(done.config):
            click.echo(line)
    for line in _put_outside(context, done, keep_config=keep_config):
        click.echo(line)


def backup_folders(context: Context) -> list[Path]:
    """Where backups of this unit are looked for; a wrong settings file hides no snapshot."""
    folders = [snapshot_folder(context.state_dir)]
    try:
        named = context.settings.backup.dir
    except ConfigError:
        named = ""
    return [*folders, Path(named)] if named else folders


def _without_commands(config: Path) -> list[str]:
    """A program that a stranger's settings name is not run."""
    try:
        if unset_setting(config, "phone.export_command"):
            return ["phone.export_command was left out of its settings; see --with-commands"]
    except ConfigError:
        return []  # wrong settings are not put in place at all
    return []


def _put_outside(context: Context, done: Restored, *, keep_config: bool) -> list[str]:
    """Settings file and service key lie outside of the state directory."""
    told = []
    target = context.config_path or context.new_config_path
    if done.config is not None and not keep_config:
        try:
            load_settings(done.config)
            if target is None:
                raise ConfigError("--config none names no settings file")
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                shutil.copy2(target, done.aside / "config.toml")
            shutil.copyfile(done.config, target)
            told.append(f"the settings are in {target}; read them through on another unit")
        except (ConfigError, OSError) as exc:
            told.append(f"the settings were not restored ({exc}); they are in {done.config}")
    if done.kma_key is not None:
        told += _put_key(context, done.kma_key, target)
    return told


def _put_key(context: Context, key: Path, config: Path | None) -> list[str]:
    place = context.state_dir / "kma_service_key"
    shutil.copyfile(key, place)
    place.chmod(0o600)
    try:
        if config is not None and config.exists():
            named = load_settings(config).surroundings.kma_service_key_file
            if named and not Path(named).exists():
                set_setting(config, "surroundings.kma_service_key_file", json.dumps(str(place)))
    except ConfigError as exc:
        return [f"the weather service's key is in {place}, which the settings do not name ({exc})"]
    return [f"the weather service's key is in {place}"]


def _give_to_owner(state_dir: Path, folder: Path) -> None:
    """What root writes must be the daemon's: the state directory's owner."""
    if os.geteuid() != 0:
        return
    owner = state_dir.stat()
    try:
        for place, folders, names in os.walk(folder):
            for name in [".", *folders, *names]:
                os.chown(Path(place, name), owner.st_uid, owner.st_gid, follow_symlinks=False)
    except OSError as exc:
        raise BackupError(f"{folder} cannot be given to its owner ({exc.strerror})") from exc


def _facts(each: Backup) -> dict[str, Any]:
    holds = "everything" if each.scope == FULL else "the database"
    return {
        "file": str(each.path),
        "holds": holds,
        "made_at": _local(each.made_at),
        "bytes": each.size_bytes,
        "trust": each.trust.value,
    }


def _local(moment: dt.datetime) -> str:
    return moment.astimezone().isoformat(" ", "minutes")
