"""``appliance clip add`` as a process of its own: interrupted or killed, it leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.cli.main import INTERRUPTED
from appliance.store.clips import ClipStore
from appliance.store.database import open_database
from tests.content.odd_files import encode, picture
from tests.tiny_video import make_tiny_video

PATIENCE_S = 60.0


def add(state: Path, film: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "appliance.cli.main", "--state-dir", str(state)]
    command += ["--config", "none", "clip", "add", str(film), "--kind", "healing"]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_conversion(state: Path) -> None:
    """Until the half-written clip is there."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if any((state / "clips").glob(".incoming-*/clip.mp4")):
            return
        time.sleep(0.02)
    pytest.fail("the conversion did not begin")


def files(state: Path) -> list[str]:
    return sorted(path.name for path in (state / "clips").iterdir())


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Takes the unit some seconds to convert."""
    noise = ("-vf", "noise=alls=60:allf=t", "-c:v", "mpeg4", "-q:v", "5")
    out = tmp_path_factory.mktemp("video") / "long.avi"
    return encode(out, *picture("960x540", 30, 8), *noise)


def test_killed_midway_it_has_added_nothing_and_the_next_one_clears_up(
    tmp_path: Path, long_film: Path
) -> None:
    state = tmp_path / "state"
    with add(state, long_film) as process:
        wait_for_conversion(state)
        process.send_signal(signal.SIGKILL)
    with open_database(state / "appliance.db") as database:
        assert ClipStore(database).all() == ()
    assert all(name.startswith(".incoming-") for name in files(state)), "no web server gives it out"
    with add(state, make_tiny_video(tmp_path / "tiny.mp4")) as process:
        said, _ = process.communicate()
    assert said == "added clip 1: tiny\n"
    assert [Path(name).suffix for name in files(state)] == [".jpg", ".mp4"]
    assert long_film.exists()


def test_interrupted_it_clears_up_itself(tmp_path: Path, long_film: Path) -> None:
    state = tmp_path / "state"
    with add(state, long_film) as process:
        wait_for_conversion(state)
        # As Ctrl-C in a terminal: to the command and its ffmpeg alike.
        os.killpg(process.pid, signal.SIGINT)
        process.communicate()
    assert process.returncode == INTERRUPTED
    assert files(state) == []
    with open_database(state / "appliance.db") as database:
        assert ClipStore(database).all() == ()
