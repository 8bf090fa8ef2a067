"""One daemon per database: a lock that the kernel lets go when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType

from appliance.errors import StoreError

PID_WIDTH = 10
"""Of any process number, so that a shorter one leaves nothing of a longer one."""


class DaemonLock:
    """Held from construction until ``release``; a context manager.

    Only daemons take it. Short writes of the command line go through SQLite's own locking.
    """

    def __init__(self, database_path: Path) -> None:
        """Raises StoreError, naming the process, when another daemon holds it."""
        self._path = database_path.with_name(database_path.name + ".lock")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as exc:
            raise StoreError(
                f"cannot open the lock file {self._path} ({exc.strerror});"
                " check the folder's owner and permissions"
            ) from exc
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise StoreError(
                f"another daemon (process {holder or 'unknown'}) works on {database_path};"
                " stop it first or give this one another --state-dir"
            ) from exc
        # Over what is there: that needs no room on a full disk. The lock holds without it as well.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, f"{os.getpid():<{PID_WIDTH}}\n".encode("ascii"), 0)

    @staticmethod
    def holder(database_path: Path) -> int | None:
        """The process that holds it; None: no daemon runs. Asked without touching the lock."""
        path = database_path.with_name(database_path.name + ".lock")
        try:
            inode = path.stat().st_ino
            lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
            holder = int(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        # By the file's number alone: file systems name their device differently here and there.
        is_held = any("FLOCK" in line and f":{inode} " in line for line in lines)
        return holder if is_held and Path(f"/proc/{holder}").exists() else None

    def release(self) -> None:
        """Let another daemon start; harmless when repeated. The file stays: removing it races."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> DaemonLock:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()
