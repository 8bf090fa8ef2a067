"""Two daemons on one database cannot run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.errors import StoreError
from appliance.store.daemon_lock import DaemonLock

HOLDER = """
import sys, time
from pathlib import Path
from appliance.store.daemon_lock import DaemonLock
lock = DaemonLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "appliance.db"


def test_the_second_is_refused_with_the_holders_number(path: Path) -> None:
    with (
        DaemonLock(path),
        pytest.raises(StoreError, match=rf"another daemon \(process {os.getpid()}\)"),
    ):
        DaemonLock(path)


def test_a_released_lock_is_free(path: Path) -> None:
    first = DaemonLock(path)
    first.release()
    first.release()
    DaemonLock(path).release()


def test_two_databases_have_two_locks(path: Path) -> None:
    with DaemonLock(path), DaemonLock(path.with_name("other.db")):
        pass


def test_kill_9_of_the_holder_frees_the_lock(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match=f"process {holder.pid}"):
            DaemonLock(path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    DaemonLock(path).release()


def test_a_folder_that_cannot_hold_the_lock_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot open the lock file"):
        DaemonLock(tmp_path / "file" / "x.db")


def test_who_holds_it_can_be_asked_without_taking_it(database_path: Path) -> None:
    assert DaemonLock.holder(database_path) is None
    with DaemonLock(database_path):
        assert DaemonLock.holder(database_path) == os.getpid()
    # The file stays and still names the process.
    assert DaemonLock.holder(database_path) is None
