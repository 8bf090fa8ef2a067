"""The bundle tells who helps what they need, and neither secret nor picture."""

from __future__ import annotations

import base64
import os
import stat
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from appliance.camera.builtin import ASSETS
from appliance.cli.context import Context
from appliance.cli.debug_bundle import debug_bundle
from appliance.daemon.secret_key import load_or_create_secret
from appliance.errors import ContentError
from appliance.store.database import open_database

KMA_KEY = "aB3+x/9Zq==weather"
TOKEN = "AAECAwQFBgcICQoLDA0ODw.aR8xYQ.4yKQX0gmLx7s5Jq2o3n8tU1vWzE"
CONFIG = f"""
[panel]
place = "Seoul"
[phone]
public_base_url = "https://user:hunter22@example.org/"
export_command = ["rsync", "--password=hunter22", "x"]
[surroundings]
# the key was {KMA_KEY}
kma_service_key_file = "{{key}}"
"""


def journal_says(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "said").write_text(text)
    tool = folder / "journalctl"
    tool.write_text(f'#!/bin/sh\ncat "{folder}/said"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.fixture
def unit(tmp_path: Path) -> Context:
    context = Context(tmp_path / "state", tmp_path / "config.toml")
    open_database(context.database_path).close()
    load_or_create_secret(context.state_dir)
    key = tmp_path / "kma.key"
    key.write_text(KMA_KEY)
    assert context.config_path is not None
    context.config_path.write_text(CONFIG.replace("{key}", str(key)))
    return context


def bundle(unit: Context, target: Path) -> dict[str, bytes]:
    done = CliRunner().invoke(debug_bundle, ["-o", str(target)], obj=unit, catch_exceptions=False)
    assert done.exit_code == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with tarfile.open(target) as tar:
        return {m.name.partition("/")[2]: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]


def test_it_holds_no_secret_in_any_form(
    unit: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = (unit.state_dir / "secret.key").read_text()
    journal_says(
        tmp_path / "bin",
        f"key {secret} and {secret.upper()}\nasked ?serviceKey={quote(KMA_KEY, safe='')}&nx=1\n"
        f"QR leads to http://192.168.0.12:8081/c/{TOKEN} now\nScreen healing -> show\n",
        monkeypatch,
    )
    parts = bundle(unit, tmp_path / "out.tar.gz")
    everything = b"\n".join(parts.values())
    for hidden in (secret, secret.upper(), KMA_KEY, quote(KMA_KEY, safe=""), TOKEN, "hunter22"):
        assert hidden.encode() not in everything, hidden
    assert b"Screen healing -> show" in parts["journal.txt"]
    assert b'place = "Seoul"' in parts["config.toml"]
    assert b"clips: 0 rows" in parts["database.txt"]
    assert b"opencv-python-headless==" in parts["versions.txt"]
    assert b'"part": "backup"' in parts["doctor.json"]
    assert parts["status.json"].startswith(b"not there: no unit is running")
    assert b"secret.key" in parts["files.txt"]


def test_a_picture_in_the_log_stops_it(
    unit: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = base64.b64encode((ASSETS / "astronaut.jpg").read_bytes()).decode()
    journal_says(tmp_path / "bin", f"crop: {picture}\n", monkeypatch)
    with pytest.raises(ContentError, match=r"journal\.txt would hold a picture"):
        bundle(unit, tmp_path / "out.tar.gz")
    assert not (tmp_path / "out.tar.gz").exists()


def test_wrong_settings_are_part_of_it(
    unit: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal_says(tmp_path / "bin", "", monkeypatch)
    assert unit.config_path is not None
    unit.config_path.write_text("[panel]\nplcae = 3\n")
    parts = bundle(unit, tmp_path / "out.tar.gz")
    assert b"plcae" in parts["config.toml"]
    assert b"did you mean" in parts["doctor.json"]
