"""A dropped file with which the unit dies is set aside after two starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.unit_process import UnitProcess
from tests.pictures.test_limits import flat_png, peak_mb

pytestmark = pytest.mark.end_to_end
MOST_GROWTH_MB = 200
SETTINGS = {"library": {"settle_s": 1, "still_s": 1.0, "reserve_mb": 0}}


def attempts(unit: UnitProcess) -> int:
    """How often what is being taken in was begun, by the unit's own count on the disk."""
    try:
        entries = json.loads((unit.state_dir / "drop" / ".attempts.json").read_text())
    except FileNotFoundError:
        return 0
    return sum(entry["begun"] for entry in entries.values())


@pytest.fixture
def unit(tmp_path: Path) -> UnitProcess:
    return UnitProcess(tmp_path, camera="builtin", settings=SETTINGS)


@pytest.fixture
def picture(unit: UnitProcess) -> Path:
    """100 megapixels of 16 bits in a small file; OpenCV took 3.3 GB of the daemon's memory."""
    file = unit.state_dir / "drop" / "healing" / "large.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(flat_png(10_000, 9_999, 16))
    return file


def test_a_file_with_which_the_unit_is_killed_is_set_aside_after_two_starts(
    unit: UnitProcess, picture: Path
) -> None:
    for number in (1, 2):
        unit.start()
        unit.wait_for(lambda number=number: attempts(unit) == number, f"attempt {number}")
        unit.kill()
        assert picture.exists()

    with unit:
        aside = unit.state_dir / "drop" / "failed" / "large.png"
        unit.wait_for(aside.exists, "the file to be set aside")
        reason = unit.wait_for(
            lambda: aside.with_name("large.png.txt").read_text() or None, "the note beside it"
        )
        assert "'large.png' was begun 2 times" in reason
        assert not picture.exists()
        assert attempts(unit) == 0
        # Put in once more it has its chance, and is taken in with little memory.
        before_mb = peak_mb(unit.process)
        aside.rename(picture)
        clips = "SELECT title FROM clips WHERE title = 'large'"
        unit.wait_for(lambda: unit.rows(clips), "the picture in the library")
        assert peak_mb(unit.process) - before_mb < MOST_GROWTH_MB
        assert attempts(unit) == 0
    log = unit.log_path.read_text()
    assert "'large.png' is taken in anew" in log
    assert "was begun 2 times" in log
