"""``appliance config set`` and ``unset``, as an operator types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli import commands
from appliance.cli.commands import appliance
from appliance.cli.context import Context
from appliance.config import load_settings
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import ConfigError

APPLIANCE = Path(sys.executable).with_name("appliance")


@pytest.fixture
def typed(tmp_path):
    """``typed("set", "panel.place", "here")``: exit status and what was printed."""

    def run(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [APPLIANCE, "--state-dir", tmp_path / "state", "--config", tmp_path / "config.toml",
             "config", *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_setting_is_set_shown_and_taken_out_again(typed, tmp_path):
    assert typed("set", "panel.place", "시청역") == (
        0,
        f'{tmp_path / "config.toml"}: panel.place = "시청역"\n',
    )
    code, shown = typed("show", "--json")
    assert code == 0
    assert json.loads(shown)["panel"]["place"] == "시청역"
    assert typed("unset", "panel.place")[0] == 0
    assert load_settings(tmp_path / "config.toml").panel.place == ""
    assert "nothing has changed" in typed("unset", "panel.place")[1]


def test_a_negative_number_is_a_value_and_no_option(typed, tmp_path):
    assert typed("set", "surroundings.latitude", "-33.9")[0] == 0
    assert load_settings(tmp_path / "config.toml").surroundings.latitude == -33.9


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("panel.palce", "x", "did you mean 'panel.place'"),
        ("camera.fps", "900", "camera.fps"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(typed, tmp_path, key, value, said):
    code, output = typed("set", key, value)
    assert code == 1
    assert said in output
    assert output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_with_a_running_unit_it_says_when_the_change_takes_effect(typed, tmp_path):
    (tmp_path / "state").mkdir()
    RunningUnit(4711, "http://127.0.0.1:9", None).write(tmp_path / "state")
    assert "kill -HUP 4711" in typed("set", "panel.place", "x")[1]
    assert "started again" in typed("set", "panel.port", "9000")[1]


def test_the_default_file_is_made_where_there_is_none(tmp_path, monkeypatch):
    path = tmp_path / "etc" / "config.toml"
    monkeypatch.setattr(commands, "DEFAULT_CONFIG", path)
    monkeypatch.delenv("APPLIANCE_CONFIG", raising=False)
    words = ["--state-dir", str(tmp_path), "config", "set", "panel.place", "x"]
    assert CliRunner().invoke(appliance, words).exit_code == 0
    assert load_settings(path).panel.place == "x"


def test_no_settings_file_is_none_to_write(tmp_path):
    words = ["--state-dir", str(tmp_path), "--config", "none", "config", "set", "panel.place", "x"]
    result = CliRunner().invoke(appliance, words)
    assert isinstance(result.exception, ConfigError)
    assert "--config none" in str(result.exception)


def test_a_file_made_after_the_start_is_read_by_a_reload(tmp_path):
    path = tmp_path / "config.toml"
    context = Context(tmp_path, None, path)
    assert context.fresh_settings().panel.place == ""
    path.write_text('[panel]\nplace = "x"\n')
    assert context.fresh_settings().panel.place == "x"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_of_somebody_else_is_named(typed, tmp_path):
    tmp_path.chmod(0o555)
    code, output = typed("set", "panel.place", "x")
    tmp_path.chmod(0o755)
    assert code == 1
    assert "sudo" in output
