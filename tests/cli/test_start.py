"""What a command loads before it does anything: a Pi waits for each of these modules."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from appliance.cli.commands import COMMANDS, appliance

HEAVY = ("numpy", "cv2", "pandas", "onnxruntime", "flask", "requests", "PIL")


def loaded_by(*words: str, state_dir: str) -> set[str]:
    """Which of HEAVY a command loads, in a process of its own."""
    code = (
        "import sys\n"
        "from appliance.cli import main\n"
        "try:\n    main.main()\n"
        "except SystemExit:\n    pass\n"
        f"print('LOADED', *(name for name in {HEAVY} if name in sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "--config", "none", "--state-dir", state_dir, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ended.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["--help"], set()),
        (["status"], set()),
        (["config", "show"], set()),
        # The intervals of what is believed are worked out with it.
        (["why", "last"], {"numpy"}),
    ],
)
def test_a_light_command_loads_no_library_of_pictures_or_networks(words, needed, tmp_path):
    assert loaded_by(*words, state_dir=str(tmp_path)) == needed


def test_sqlite_utils_leaves_pandas_and_numpy_for_others():
    pytest.importorskip("pandas", reason="needs pandas: only then sqlite-utils would load it")
    code = (
        "import sys, appliance.store.database\n"
        "assert 'pandas' not in sys.modules, 'loaded'\n"
        "import numpy, pandas\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_list_of_commands_is_whole_and_no_line_of_it_is_cut():
    group = click.Context(appliance)
    assert sorted(COMMANDS) == sorted(appliance.list_commands(group))
    for name, text in COMMANDS.items():
        assert appliance.get_command(group, name) is not None
        assert len(f"  {name:13}  {text}") <= 80
        assert text.endswith(".")
