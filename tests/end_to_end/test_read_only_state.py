"""A state directory that cannot be written: the real unit starts, shows clips and says so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.store.database import open_database
from tests.end_to_end.unit_process import APPLIANCE, UnitProcess

pytestmark = pytest.mark.end_to_end

UNIT_UID = 65534


class ReadOnlyUnit(UnitProcess):
    """It can leave no word of itself there: its address is in its log."""

    is_read_only = False

    def _running(self) -> dict[str, Any] | None:
        if not self.is_read_only:
            return super()._running()
        found = re.findall(r"^Panel: (http://[^/\s]+)", self.log(), re.MULTILINE)
        return {"panel_url": found[-1]} if found else None


def close(folder: Path, owner: int, mode: int) -> None:
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, owner, owner)
        path.chmod(mode | (0o111 if path.is_dir() else 0))


@pytest.fixture
def place() -> Iterator[Path]:
    """Not below pytest's own folder, which each start of pytest closes to other users."""
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: the unit is run as another user, who may not write")
    folder = Path(tempfile.mkdtemp(prefix="maum-unit-"))
    folder.chmod(0o755)
    os.chown(folder, UNIT_UID, UNIT_UID)
    yield folder
    shutil.rmtree(folder)


def test_it_plays_healing_clips_from_memory_and_says_so(place: Path) -> None:
    unit = ReadOnlyUnit(place, "/dev/video99", {"loop": {"ads": True}}, uid=UNIT_UID)
    unit.start()
    unit.wait_for(lambda: unit.status().get("clip"), "a clip")
    assert unit.stop() == 0
    with open_database(unit.state_dir / "appliance.db") as database:
        database.write("UPDATE clips SET title = 'Ours' WHERE kind = 'healing'")
        database.row("PRAGMA wal_checkpoint(TRUNCATE)")
    close(unit.state_dir, 0, 0o444)
    before = sorted(path.name for path in unit.state_dir.rglob("*"))
    unit.log_path.unlink()
    unit.is_read_only = True
    unit.start()
    try:
        unit.wait_for(lambda: unit.status().get("clip") == "Ours", "a clip")
        assert "state-read-only" in unit.status()["troubles"]
        with open_database(unit.state_dir / "appliance.db", read_only=True) as database:
            healing = database.rows("SELECT 1 FROM clips WHERE kind = 'healing'")
        assert unit.status()["clips"] == len(healing)
        assert "cannot be written" in unit.log()
        assert "Traceback" not in unit.log()
    finally:
        assert unit.stop() == 0
    for name in ("appliance.db-wal", "appliance.db-shm"):
        (unit.state_dir / name).unlink(missing_ok=True)  # of this test's own look
    assert sorted(path.name for path in unit.state_dir.rglob("*")) == before


def test_doctor_says_what_to_do(place: Path) -> None:
    state = place / "state"
    with open_database(state / "appliance.db"):
        pass
    close(state, 0, 0o444)
    command = [APPLIANCE, "--state-dir", state, "--config", "none", "doctor", "--json"]
    said = subprocess.run(
        command, capture_output=True, text=True, check=False, user=UNIT_UID, extra_groups=[]
    ).stdout
    assert "cannot be written (Permission denied)" in said
