"""The command as people type it: help everywhere, one line for an expected error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from appliance.cli.commands import appliance
from appliance.config.load import setting_fields
from appliance.config.settings import Settings
from appliance.errors import ApplianceError

APPLIANCE = Path(sys.executable).with_name("appliance")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([APPLIANCE, *arguments], capture_output=True, text=True, check=False)


def every_command(group: click.Group, path: tuple[str, ...] = ()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


@pytest.mark.parametrize("words", list(every_command(appliance)), ids=" ".join)
def test_every_command_has_help(words):
    result = CliRunner().invoke(appliance, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 3


def test_an_expected_error_is_one_line_and_exit_status_1(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[camera]\nfsp = 3\n")
    done = run("--config", str(config), "config", "check")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("appliance: ")
    assert "did you mean 'camera.fps'" in done.stderr


@pytest.mark.parametrize(
    ("words", "who", "what"),
    [
        (["--wrong"], "appliance", "No such option '--wrong'"),
        (["sea"], "appliance", "No such command 'sea'"),
        (["see", "--threads", "0", "x.png"], "appliance see", "0 is not in the range 1<=x<=16"),
        (["clip", "show"], "appliance clip show", "Missing argument"),
    ],
)
def test_wrong_words_are_one_line_that_says_where_help_is(words, who, what):
    done = run(*words)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{who}: ")
    assert what in done.stderr
    assert f"(see '{who} --help')" in done.stderr


@pytest.mark.parametrize("words", [[], ["clip"]], ids=["appliance", "clip"])
def test_without_a_verb_help_is_shown(words):
    done = run(*words)
    assert done.returncode == 1
    assert "Commands:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_is_loaded_without_the_others():
    tells_what_it_loaded = """
import atexit, sys
from appliance.cli.main import main
atexit.register(lambda: print(*sys.modules, sep="\\n", file=sys.stderr))
main()
"""
    command = [sys.executable, "-c", tells_what_it_loaded, "see", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = done.stderr.splitlines()
    assert "appliance.cli.see" in loaded
    assert not {"appliance.cli.clip", "appliance.store", "flask"}.intersection(loaded)


@pytest.mark.parametrize("module", ["appliance.cli.commands", "appliance.cli.run"])
def test_ctrl_c_while_a_command_still_loads_leaves_no_stack_trace(module):
    loads_and_is_interrupted = f"""
import sys
class CtrlC:
    def find_spec(self, name, *_):
        if name == "{module}":
            raise KeyboardInterrupt
sys.meta_path.insert(0, CtrlC())
from appliance.cli.main import main
main()
"""
    command = [sys.executable, "-c", loads_and_is_interrupted, "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "")


def test_a_broken_settings_file_does_not_keep_help_from_working(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("=")
    assert run("--config", str(config), "run", "--help").returncode == 0


def test_the_environment_names_state_and_settings(tmp_path, monkeypatch):
    config = tmp_path / "mine.toml"
    config.write_text('[panel]\nplace = "here"\n')
    monkeypatch.setenv("APPLIANCE_CONFIG", str(config))
    monkeypatch.setenv("APPLIANCE_STATE_DIR", str(tmp_path / "state"))
    assert json.loads(run("config", "show", "--json").stdout)["panel"]["place"] == "here"
    assert str(tmp_path / "state") in run("status").stderr


def test_config_show_lists_every_setting_with_its_meaning(monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    shown = run("--config", "none", "config", "show").stdout
    for path, field in setting_fields(Settings):
        assert path in shown
        assert field.description in shown


def test_config_check_names_the_file_that_is_right(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("")
    result = CliRunner().invoke(appliance, ["--config", str(config), "config", "check"])
    assert result.exit_code == 0
    assert str(config) in result.output


def test_status_without_a_unit_says_how_to_start_one(tmp_path):
    result = CliRunner().invoke(appliance, ["--state-dir", str(tmp_path), "status"])
    assert isinstance(result.exception, ApplianceError)
    assert "appliance run" in str(result.exception)


def test_status_of_a_unit_that_was_killed_says_so(tmp_path):
    (tmp_path / "running.json").write_text(
        json.dumps({"pid": 1, "panel_url": "http://127.0.0.1:9", "phone_url": None})
    )
    result = CliRunner().invoke(appliance, ["--state-dir", str(tmp_path), "status"])
    assert isinstance(result.exception, ApplianceError)
    assert "does not answer" in str(result.exception)


def test_an_unwritable_state_directory_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("--state-dir", str(tmp_path / "file" / "state"), "--config", "none", "run")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "--state-dir" in done.stderr


def test_doctor_finds_what_is_missing_and_exits_1(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(
        '[camera]\nsource = "/dev/video99"\n[models]\ndetector = "/nowhere/face.onnx"\n'
    )
    result = CliRunner().invoke(
        appliance,
        ["--state-dir", str(tmp_path / "state"), "--config", str(config), "doctor", "--json"],
    )
    assert result.exit_code == 1
    findings = {finding["part"]: finding for finding in json.loads(result.stdout)}
    assert findings["camera"]["verdict"] == "fail"
    assert findings["networks"]["verdict"] == "fail"
    assert "/nowhere/face.json" in findings["networks"]["message"]
    assert findings["settings"]["verdict"] == "ok"
    assert findings["clips"]["verdict"] == "warn"
    assert findings["tools"]["verdict"] == "ok"


def test_doctor_goes_on_with_broken_settings(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("[pannel]\n")
    result = CliRunner().invoke(
        appliance, ["--state-dir", str(tmp_path), "--config", str(config), "doctor"]
    )
    assert result.exit_code == 1
    assert "did you mean 'panel'" in result.output
    assert "tools" in result.output
