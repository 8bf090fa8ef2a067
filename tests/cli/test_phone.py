"""``appliance phone export``: what an operator types, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from appliance.cli.phone import phone
from tests.cli.conftest import Type
from tests.store.history import History


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(phone)


def test_it_says_what_it_wrote_and_where_to_look(
    typed: Type, history: History, tmp_path: Path
) -> None:
    clip = history.add_clip()
    status, printed = typed("export", tmp_path / "site")
    assert status == 0
    assert f"4 files in {tmp_path / 'site'}: 4 written, 0 removed" in printed
    assert (tmp_path / "site" / f"clip-{clip.id}.html").exists()


def test_a_folder_of_somebody_else_is_refused(
    typed: Type, history: History, tmp_path: Path
) -> None:
    history.add_clip()
    (tmp_path / "thesis.txt").write_text("years of work")
    status, printed = typed("export", tmp_path)
    assert status == 1
    assert "not empty" in printed


def test_without_a_database(typed: Type, tmp_path: Path) -> None:
    status, printed = typed("export", tmp_path / "site")
    assert status == 1
    assert "there is no database" in printed
    assert not (tmp_path / "site").exists()
