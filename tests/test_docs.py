"""README says what the code does: its tables, commands, links and pictures."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.readme_tables import README, TABLES, block

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_is_what_the_code_says(name):
    assert block(name, TEXT) == TABLES[name](), "run: python -m tests.readme_tables"


def test_the_two_commands_come_first():
    first = re.search(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    assert first is not None
    commands = [line.split("#")[0].strip() for line in first[1].splitlines()]
    assert commands[:2] == ["./deploy.sh demo", "./deploy.sh test"]


def test_every_deploy_command_in_readme_exists():
    usage = subprocess.run(
        [ROOT / "deploy.sh", "help"], capture_output=True, text=True, check=True
    ).stdout
    for verb in set(re.findall(r"\./deploy\.sh (\w+)", TEXT)):
        assert re.search(rf"^  {verb}\b", usage, re.MULTILINE), verb


@pytest.mark.parametrize("page", ["README.md", "models/README.md"])
def test_links_and_pictures_lead_somewhere(page):
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


def test_deploy_refuses_what_it_does_not_know():
    done = subprocess.run(
        [ROOT / "deploy.sh", "dance"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "unknown command 'dance'" in done.stderr


def test_only_the_agreed_top_level():
    agreed = {
        "pyproject.toml", "appliance", "models", "systemd", "kiosk_ui", "tests", "deploy.sh",
        "README.md", "LICENSE", "CHANGELOG.md", "findings",
    }  # fmt: skip
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout: cannot tell what belongs to it")
    top = {Path(name).parts[0] for name in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= agreed


def test_nothing_says_that_the_package_is_to_be_had_from_an_index():
    """It is not on PyPI: what says "pip install maum-signage" would install another's package."""
    listed = subprocess.run(
        ["git", "grep", "-nE", r"pip install [^|]*maum-signage\[?", "--", ":!tests"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert listed.stdout == ""
