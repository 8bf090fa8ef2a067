"""``appliance backup`` and ``restore`` as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from appliance.backup.shelf import SNAPSHOT, backups_in
from appliance.cli.backup import backup, restore_command
from appliance.cli.clip import clip
from appliance.cli.context import Context
from appliance.daemon.secret_key import load_or_create_secret
from appliance.store.clips import ClipStore
from appliance.store.daemon_lock import DaemonLock
from appliance.store.database import open_database
from tests.backup.test_backup import titles


@pytest.fixture
def unit(tmp_path: Path, tiny_video: Path) -> Context:
    return a_unit(tmp_path / "one", tiny_video)


def a_unit(folder: Path, video: Path) -> Context:
    folder.mkdir()
    context = Context(folder / "state", folder / "config.toml")
    key = folder / "kma.key"
    key.write_text("weather-service-key")
    assert context.config_path is not None
    context.config_path.write_text(
        f'[panel]\nplace = "Seoul"\n[surroundings]\nkma_service_key_file = "{key}"\n'
    )
    open_database(context.database_path).close()
    load_or_create_secret(context.state_dir)
    typed(clip, context, "add", video, "--kind", "healing", "--title", "sea")
    return context


def typed(command: click.Command, context: Context, *words: object) -> str:
    done = CliRunner().invoke(
        command, [str(word) for word in words], obj=context, catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output


def test_a_whole_unit_moves_to_another_place(unit: Context, tmp_path: Path) -> None:
    printed = typed(backup, unit, "--to", tmp_path / "stick")
    assert "read back and complete" in printed
    (made,) = (tmp_path / "stick").iterdir()
    assert "complete, made" in typed(backup, unit, "verify", made)

    other = Context(tmp_path / "two" / "state", None, tmp_path / "two" / "etc" / "config.toml")
    (tmp_path / "one" / "kma.key").unlink()
    refused = CliRunner().invoke(restore_command, [str(made)], obj=other)
    assert "--foreign" in str(refused.exception)
    printed = typed(restore_command, other, made, "--foreign")
    assert titles(other.state_dir) == ["sea"]
    with open_database(other.database_path) as database:
        (only,) = ClipStore(database).all()
    assert (other.clips_dir / only.file).is_file()
    assert (other.state_dir / "secret.key").read_text() == (
        unit.state_dir / "secret.key"
    ).read_text()
    settings = other.fresh_settings()
    assert settings.panel.place == "Seoul"
    # The key's old place is not there: the settings name the new one.
    key = Path(settings.surroundings.kma_service_key_file)
    assert key == other.state_dir / "kma_service_key"
    assert key.read_text() == "weather-service-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert "what was there is in" in printed


def test_a_strangers_settings_bring_no_command_unless_it_is_asked_for(
    unit: Context, tmp_path: Path
) -> None:
    assert unit.config_path is not None
    unit.config_path.write_text('[phone]\nexport_command = ["rsync", "-a"]\n')
    typed(backup, unit, "--to", tmp_path / "stick")
    (made,) = (tmp_path / "stick").iterdir()
    for words, command in (((), ()), (("--with-commands",), ("rsync", "-a"))):
        new = tmp_path / f"two{len(words)}"
        other = Context(new / "state", None, new / "config.toml")
        printed = typed(restore_command, other, made, "--foreign", *words)
        assert other.fresh_settings().phone.export_command == command
        assert ("export_command was left out" in printed) == (not words)
    typed(restore_command, unit, made)  # its own
    assert unit.fresh_settings().phone.export_command == ("rsync", "-a")


def test_the_list_names_the_newest_first(unit: Context) -> None:
    assert "there is no backup yet" in typed(backup, unit, "list")
    typed(backup, unit)
    typed(backup, unit, "--database-only")
    listed = json.loads(typed(backup, unit, "list", "--json"))
    assert {each["holds"] for each in listed} == {"everything", "the database"}
    assert all(Path(each["file"]).parent == unit.state_dir / "backups" for each in listed)
    assert "maum-backup-" in typed(backup, unit, "list")


def test_settings_can_be_kept(unit: Context, tmp_path: Path) -> None:
    typed(backup, unit, "--to", tmp_path / "stick")
    (made,) = (tmp_path / "stick").iterdir()
    assert unit.config_path is not None
    unit.config_path.write_text('[panel]\nplace = "Busan"\n')
    typed(restore_command, unit, made, "--keep-config")
    assert unit.fresh_settings().panel.place == "Busan"
    printed = typed(restore_command, unit, made)
    assert unit.fresh_settings().panel.place == "Seoul"
    aside = sorted(unit.state_dir.glob("before-restore-*"))[-1]
    assert "Busan" in (aside / "config.toml").read_text()
    assert str(aside) in printed


def test_a_running_unit_is_not_restored(unit: Context, tmp_path: Path) -> None:
    typed(backup, unit, "--to", tmp_path / "stick")
    (made,) = (tmp_path / "stick").iterdir()
    with DaemonLock(unit.database_path):
        # The same context for the fixture's runner has another state: ask it of this one.
        done = CliRunner().invoke(restore_command, [str(made)], obj=unit)
    assert "another daemon" in str(done.exception)
    assert not list(unit.state_dir.glob("before-restore-*"))


def test_the_timer_makes_only_what_the_daemon_has_left(unit: Context) -> None:
    assert "made in the daemon's place" in typed(backup, unit, "--if-due")
    # Made a moment ago, by whomever.
    assert typed(backup, unit, "--if-due") == ""
    assert len(backups_in(unit.state_dir / "backups", SNAPSHOT)) == 1
