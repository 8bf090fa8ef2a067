"""The tools are stopped, limited and made to give way; their reports are read safely."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.content.tool_runner import (
    FOREGROUND,
    Position,
    StopRequestedError,
    ToolRunner,
    _position_in,
)
from appliance.errors import ContentError

FILE = Path("film.mp4")
LONG = (
    "ffmpeg",
    "-v",
    "error",
    "-re",
    "-f",
    "lavfi",
    "-i",
    "testsrc=s=16x16:d=30",
    "-f",
    "null",
    "-",
)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def test_what_does_not_finish_is_killed_and_said() -> None:
    with pytest.raises(ContentError, match=r"sleep did not finish film\.mp4 within 0\.1 s"):
        FOREGROUND.run(["sleep", "1000"], FILE, 0.1)


def test_a_request_to_stop_ends_what_runs() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(StopRequestedError):
        ToolRunner(stop=stop).follow(LONG, FILE, lambda position: None)
    with pytest.raises(StopRequestedError):
        ToolRunner(stop=stop).run(["true"], FILE, 10)


def test_the_background_gives_way() -> None:
    done = ToolRunner(niceness=7).run(["nice"], FILE, 10)
    assert int(done.stdout) == min(19, os.nice(0) + 7)


def test_a_killed_unit_takes_its_tools_with_it() -> None:
    program = (
        "from pathlib import Path; from appliance.content.tool_runner import FOREGROUND\n"
        "FOREGROUND.run(['bash', '-c', 'echo $$ >&3; exec sleep 1000'], Path('x'), 1000)"
    )
    reader, writer = os.pipe()
    # The tool inherits nothing but its three streams, so it tells its number through a shell.
    program = program.replace(">&3", f"> /proc/{os.getpid()}/fd/{writer}")
    with subprocess.Popen([sys.executable, "-c", program]) as unit:
        pid = int(os.read(reader, 20))
        assert is_running(pid)
        unit.kill()
    for _ in range(200):
        if not is_running(pid):
            break
        time.sleep(0.05)
    assert not is_running(pid)


def test_the_position_moves_on_until_the_end() -> None:
    seen: list[Position] = []
    command = [*LONG[:3], *LONG[4:8], "-t", "2", *LONG[8:]]
    done, end = FOREGROUND.follow(command, FILE, seen.append)
    assert done.returncode == 0
    assert end == Position(50, 2.0)
    assert seen[-1] == end


def test_a_tool_that_gets_no_further_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nexec sleep 1000\n")
    stuck.chmod(0o755)
    monkeypatch.setattr("appliance.content.tool_runner.STALL_S", 0.3)
    with pytest.raises(ContentError, match="did not finish"):
        FOREGROUND.follow([str(stuck)], FILE, lambda position: None)


def test_half_a_report_is_not_believed() -> None:
    whole = b"frame=12\nout_time_us=480000\nprogress=continue\n"
    assert _position_in(whole) == Position(12, 0.48)
    assert _position_in(whole + b"frame=99\nout_time_us=99") == Position(12, 0.48)
    assert _position_in(b"frame=N/A\nout_time_us=-77\nprogress=end\n") == Position()


@given(st.binary(max_size=200))
def test_any_output_makes_a_position(output: bytes) -> None:
    position = _position_in(output + b"progress=")
    assert position.frames >= 0
    assert position.time_s >= 0


def test_a_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ContentError, match="ffmpeg is not installed"):
        FOREGROUND.run(["ffmpeg", "-version"], FILE, 10)
