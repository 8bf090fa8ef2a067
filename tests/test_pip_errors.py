"""Where pip fails, its own words reach the user: a real pip, through the scripts' one function."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIP = ROOT / "systemd" / "deploy" / "host" / "pip.sh"
RUN = f'set -euo pipefail; . {PIP}; run_pip "$@" || printf %s "$PIP_SAID"'
UNREACHABLE = "http://127.0.0.1:9/simple"
"""On the discard port nothing listens."""


def said_of(*command: str | Path, **env: str) -> str:
    """What ``run_pip`` leaves to be said; nothing else may be printed."""
    done = subprocess.run(
        ["bash", "-c", RUN, "bash", *command], env={**os.environ, **env},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


def download(folder: Path, *words: str | Path, **env: str) -> str:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=1", "--isolated"]
    return said_of(*pip, "--no-deps", f"--dest={folder / 'got'}", *words, **env)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with one tiny package."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    facts = "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n"
    with zipfile.ZipFile(folder / "tiny-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny-1.dist-info/METADATA", facts)
        wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.dist-info/RECORD", "")
    return folder


def test_no_connection_is_named_once_with_its_reason(tmp_path: Path) -> None:
    said = download(tmp_path, f"--index-url={UNREACHABLE}", "flask==3.1.3")
    assert said.count("no connection:") == said.count("Connection refused") == 1
    assert "No matching distribution found for flask==3.1.3" in said
    assert "\n" not in said


def test_a_package_that_is_not_there_is_named_without_a_word_of_connections(
    tmp_path: Path, wheels: Path
) -> None:
    said = download(tmp_path, "--no-index", f"--find-links={wheels}", "nowhere==1")
    assert said.startswith("Could not find a version that satisfies the requirement nowhere==1")
    assert "connection" not in said


def test_folders_that_a_setting_names_and_that_are_not_there_fill_no_screen(
    tmp_path: Path, wheels: Path
) -> None:
    gone = f"--find-links={tmp_path / 'gone'}"
    said = download(tmp_path, "--no-index", f"--find-links={wheels}", gone, "nowhere==1")
    assert "nowhere==1" in said
    assert "is ignored" not in said
    assert download(tmp_path, "--no-index", f"--find-links={wheels}", gone, "tiny==1") == ""


def test_a_file_with_another_checksum_is_named_with_both(tmp_path: Path, wheels: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(f"tiny==1 --hash=sha256:{'0' * 64}\n")
    said = download(
        tmp_path,
        "--no-index",
        f"--find-links={wheels}",
        "--require-hashes",
        f"--requirement={lock}",
    )
    assert "DO NOT MATCH THE HASHES" in said
    assert f"Expected sha256 {'0' * 64}" in said


def test_what_ends_without_a_word_of_pip_s_gives_its_last_line(tmp_path: Path) -> None:
    assert said_of("sh", "-c", "echo first; echo last; exit 3") == "last"
    assert said_of("true") == ""
