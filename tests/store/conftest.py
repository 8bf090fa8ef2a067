"""A fresh database file for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store.database import Database, open_database
from tests.store.history import History


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "appliance.db"


@pytest.fixture
def database(database_path: Path) -> Iterator[Database]:
    with open_database(database_path) as opened:
        yield opened


@pytest.fixture
def history(database: Database) -> History:
    return History(database)
