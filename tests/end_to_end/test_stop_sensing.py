"""The staff's switch on the real unit: the camera is closed, over a restart, whoever touches."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from appliance.cli.context import Context
from appliance.cli.stop_sensing import start_sensing, stop_sensing
from appliance.errors import DaemonError
from tests.end_to_end.unit_process import UnitProcess
from tests.tiny_video import make_tiny_video

pytestmark = pytest.mark.end_to_end


def held(unit: UnitProcess, path: Path) -> bool:
    """Whether the unit's process has this file open."""
    folder = Path(f"/proc/{unit.process.pid}/fd")
    for name in os.listdir(folder):
        try:
            if os.readlink(folder / name) == str(path):
                return True
        except OSError:
            continue
    return False


def typed(unit: UnitProcess, command: Any, *words: str) -> dict[str, Any]:
    context = Context(unit.state_dir, unit.config_path)
    done = CliRunner().invoke(command, [*words, "--json"], obj=context, catch_exceptions=False)
    assert done.exit_code == 0
    return dict(json.loads(done.output))


def test_stopped_by_staff_the_camera_stays_closed_until_they_start_it(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: what the daemon has open is hidden from others")
    film = make_tiny_video(tmp_path / "film.mp4")
    with UnitProcess(tmp_path, str(film)) as unit:
        unit.wait_for(lambda: unit.status()["sensing"] == "on", "the camera")
        assert held(unit, film)

        answer = typed(unit, stop_sensing, "--for", "1h30m")
        assert (answer["sensing"], answer["camera"]) == ("stopped", "none")
        assert answer["paused_by"] == "staff"
        assert not held(unit, film)
        sensing = unit.snapshot()["sensing"]
        assert (sensing["state"], sensing["paused_by"]) == ("paused", "staff")
        assert 5_300_000 < sensing["resumes_in_ms"] <= 5_400_000

        # A passer-by's touch.
        url = f"{unit.panel_url}/sensing"
        assert requests.post(url, json={"pause_s": 0}, timeout=5).json() == {"answer": "done"}
        assert unit.status()["sensing_paused_by"] == "staff"

        unit.kill()
        opened = unit.log().count("Camera open")
        (unit.state_dir / "running.json").unlink()
        unit.start()
        unit.wait_for(lambda: unit.status()["sensing"] == "paused", "the unit to know")
        assert unit.status()["sensing_paused_by"] == "staff"
        assert not held(unit, film)
        assert unit.log().count("Camera open") == opened

        text = unit.config_path.read_text("utf-8")
        unit.config_path.write_text(f'{text}\n[privacy]\nquiet_hours = ["00:00-24:00"]\n', "utf-8")
        unit.reload()
        unit.wait_for(lambda: "taken over: privacy.quiet_hours" in unit.log(), "the settings")
        assert typed(unit, start_sensing)["paused_by"] == "quiet-hours"
        unit.config_path.write_text(text, "utf-8")
        unit.reload()
        unit.wait_for(lambda: unit.status()["sensing"] == "on", "the camera")
        assert held(unit, film)
    # Without a unit the word is kept for its next start.
    assert typed(unit, stop_sensing) == {
        "sensing": "stopped",
        "until": None,
        "running": False,
        "camera": None,
        "paused_by": None,
    }
    assert unit.rows("SELECT value FROM meta WHERE key = 'sensing_stop'")


@pytest.mark.parametrize("length", ["30", "0m", "-5m", "400d", "1 h", "m"])
def test_a_wrong_length_of_time_is_one_line(tmp_path: Path, length: str) -> None:
    context = Context(tmp_path, None)
    done = CliRunner().invoke(stop_sensing, ["--for", length], obj=context)
    assert "--for" in str(done.exception)
    assert not isinstance(done.exception, DaemonError)
