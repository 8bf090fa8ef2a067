"""Layers, types, lint and shell scripts: the rules of the house, checked by their own tools."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run_tool(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    report = done.stdout + done.stderr
    assert done.returncode == 0, report
    return report


def test_imports_point_down_only():
    assert "0 broken" in run_tool(str(BIN / "lint-imports"), "--no-cache")


def test_types_are_strict():
    run_tool(sys.executable, "-m", "mypy", "appliance")


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_lint(arguments):
    run_tool(sys.executable, "-m", "ruff", *arguments, ".")


def test_shell_scripts():
    folders = (ROOT / "systemd", ROOT / "tests")
    own = sorted(str(path) for folder in folders for path in folder.rglob("*.sh"))
    run_tool(str(BIN / "shellcheck"), "deploy.sh", ".ci/run", *own)


def test_one_adapter_per_foreign_library():
    """Only one file knows a library that other code could come to depend on."""
    owners = {
        "gpiozero": "appliance/daemon/gpio_button.py",
        "onnxruntime": "appliance/inference/onnx_model.py",
        "picamera2": "appliance/camera/picamera.py",
        "sdnotify": "appliance/daemon/systemd_notify.py",
        "sqlite_utils": "appliance/store/plain_sqlite_utils.py",
        "sklearn": "appliance/feedback/interest_training.py",
        "matplotlib": "appliance/cli/figure_file.py",
    }
    for library, owner in owners.items():
        imports = re.compile(rf"^\s*(import|from) {library}\b", re.MULTILINE)
        found = {
            str(path.relative_to(ROOT))
            for path in (ROOT / "appliance").rglob("*.py")
            if imports.search(path.read_text(encoding="utf-8"))
        }
        assert found == {owner}, library


def test_files_stay_small():
    """A file that grows past this knows two subjects."""
    long = {
        str(path.relative_to(ROOT)): lines
        for folder, kind in (("appliance", "*.py"), ("models", "*.py"), ("systemd", "*.sh"))
        for path in (ROOT / folder).rglob(kind)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 320
    }
    assert not long
