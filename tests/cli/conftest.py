"""The command line as a person types it, on a state directory of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from appliance.cli.context import Context
from appliance.errors import ApplianceError
from appliance.store.database import Database, open_database
from tests.store.history import History
from tests.tiny_video import make_tiny_video

Type = Callable[..., tuple[int, str]]
"""Runs a command with these words; returns exit status and everything it printed."""


@pytest.fixture(scope="session")
def tiny_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_video(tmp_path_factory.mktemp("video") / "tiny.mp4")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(state_dir=tmp_path / "state", config_path=None)


@pytest.fixture
def database(context: Context) -> Iterator[Database]:
    with open_database(context.database_path) as opened:
        yield opened


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


@pytest.fixture
def run_command(context: Context) -> Callable[[click.Command], Type]:
    """``run_command(clip)("list")``: an expected error is status 1 and its one line."""

    def of(command: click.Command) -> Type:
        def typed(*words: object, answer: str | None = None) -> tuple[int, str]:
            result = CliRunner().invoke(
                command, [str(word) for word in words], obj=context, input=answer
            )
            if isinstance(result.exception, ApplianceError):
                line = str(result.exception)
                assert "\n" not in line
                return 1, result.output + line
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            return result.exit_code, result.output

        return typed

    return of
