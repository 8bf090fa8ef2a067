"""A power cut that leaves a broken database: the real unit restores its own copy and goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.backup.shelf import SNAPSHOT, backups_in
from tests.end_to_end.unit_process import UnitProcess

pytestmark = pytest.mark.end_to_end


def damage(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x17" * 40_000)


def empty(database: Path) -> None:
    database.write_bytes(b"")


@pytest.mark.parametrize("break_it", [damage, empty, Path.unlink])
def test_the_unit_comes_back_with_its_last_copy_and_says_so(
    tmp_path: Path, break_it: Callable[[Path], None]
) -> None:
    with UnitProcess(tmp_path, "builtin") as unit:
        backups = unit.state_dir / "backups"
        # Made by the unit itself, at its first start.
        unit.wait_for(lambda: backups_in(backups, SNAPSHOT), "the first backup")
        assert unit.status()["backup"]["database"] is not None
        unit.kill()
        (unit.state_dir / "running.json").unlink()
        films = sorted(path.name for path in (unit.state_dir / "clips").glob("*.mp4"))
        for name in films:
            # Long there, as a sweep of the folder counts.
            os.utime(unit.state_dir / "clips" / name, (0, 0))
        break_it(unit.state_dir / "appliance.db")
        for name in ("appliance.db-wal", "appliance.db-shm"):
            (unit.state_dir / name).unlink(missing_ok=True)
        unit.start()
        unit.wait_for(lambda: unit.status().get("clip"), "a clip on the screen")
        assert "database-restored" in unit.status()["troubles"]
        assert unit.status()["clips"] == 11
        assert "The database was restored from maum-database-" in unit.log()
        assert sorted(path.name for path in (unit.state_dir / "clips").glob("*.mp4")) == films
        codes = [trouble["code"] for trouble in unit.snapshot()["troubles"]]
        assert "database-restored" in codes
