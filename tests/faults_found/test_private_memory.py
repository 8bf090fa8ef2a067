"""What the privacy check did not see: embeddings in one or two bytes a number, memory in swap."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from appliance.inspection import process
from appliance.inspection.content import Known
from appliance.inspection.tables import tables_of

EMBEDDING = np.random.default_rng(4).normal(0, 0.06, 512)


@pytest.mark.parametrize(
    "numbers",
    [
        EMBEDDING.astype(np.float16),
        np.clip(EMBEDDING * 500, -128, 127).astype(np.int8),
        np.clip(EMBEDDING * 500 + 128, 0, 255).astype(np.uint8),
    ],
    ids=["half precision", "int8", "uint8"],
)
def test_an_embedding_in_a_column_of_bytes_is_found(tmp_path: Path, numbers: np.ndarray) -> None:
    path = tmp_path / "unit.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE visits (id INTEGER, extra BLOB, hash BLOB)")
        database.execute("INSERT INTO visits VALUES (1, ?, ?)", (numbers.tobytes(), os.urandom(32)))
    found = list(tables_of(path, "the database", Known(), is_live=False))
    assert [each.where for each in found] == ["the database, table visits, column extra"]


def test_hashes_and_words_in_a_database_are_no_embedding(tmp_path: Path) -> None:
    path = tmp_path / "unit.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE plays (hash BLOB, title TEXT)")
        database.execute("INSERT INTO plays VALUES (?, ?)", (os.urandom(32), "비 오는 창가 " * 20))
    assert not list(tables_of(path, "the database", Known(), is_live=False))


def test_what_the_kernel_says_of_swap_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's own words (proc(5)); this machine may have no swap to be put into."""
    folder = tmp_path / "77"
    folder.mkdir()
    (folder / "status").write_text("Name:\tappliance\nVmRSS:\t  200000 kB\nVmSwap:\t    5120 kB\n")
    monkeypatch.setattr(process, "PROC", tmp_path)
    assert process.swapped_kb(77) == 5120
