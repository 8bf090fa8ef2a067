"""The daemon's process and those it has started: what they hold open, their memory, their limits.

What is asked of /proc needs root (or the right to trace), because the daemon makes its own
memory unreadable; where it may not be read, NotAllowedError says so.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

PROC = Path("/proc")
_MAPPED = re.compile(r"([0-9a-f]+-[0-9a-f]+) (....) \S+ \S+ (\d+)\s+(/.+)$")


class NotAllowedError(Exception):
    """The kernel does not let this user look."""


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A regular file that a process holds open or mapped."""

    path: Path
    """Leads to its content, even where it was deleted."""
    shown: str
    is_deleted: bool
    is_read_only: bool
    modified_s: float
    """Unix time."""


def tree_of(pid: int) -> list[psutil.Process]:
    """The process and all it has started; empty where it has ended."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def held_files(pid: int) -> Iterator[HeldFile]:
    """Raises NotAllowedError; a process that has ended holds nothing."""
    folder = PROC / str(pid) / "fd"
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return
    except PermissionError as exc:
        raise NotAllowedError from exc
    for name in names:
        try:
            target, status = os.readlink(folder / name), os.stat(folder / name)
        except PermissionError as exc:
            raise NotAllowedError from exc
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            yield HeldFile(
                folder / name,
                f"process {pid}, open file {target}",
                status.st_nlink == 0,
                _is_read_only(pid, name),
                status.st_mtime,
            )
    yield from _mapped_files(pid)


def _is_read_only(pid: int, name: str) -> bool:
    with suppress(OSError):
        for line in (PROC / str(pid) / "fdinfo" / name).read_text().splitlines():
            if line.startswith("flags:"):
                return int(line.split()[1], 8) & os.O_ACCMODE == os.O_RDONLY
    return False


def _mapped_files(pid: int) -> Iterator[HeldFile]:
    """Shared memory that has no name any more and no descriptor either."""
    try:
        lines = (PROC / str(pid) / "maps").read_text(errors="replace").splitlines()
    except PermissionError as exc:
        raise NotAllowedError from exc
    except OSError:
        return
    for line in lines:
        found = _MAPPED.match(line)
        if found is None or not found[4].endswith(" (deleted)") or not found[2].endswith("s"):
            continue
        path = PROC / str(pid) / "map_files" / found[1]
        with suppress(OSError):
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                yield HeldFile(path, f"process {pid}, memory {found[4]}", True, False,
                               status.st_mtime)  # fmt: skip


def core_limit(pid: int) -> str:
    """The hard limit of core dumps in bytes, as /proc says it. Raises OSError."""
    for line in (PROC / str(pid) / "limits").read_text().splitlines():
        if line.startswith("Max core file size"):
            return line.split()[5]
    raise OSError("no such limit")


def swapped_kb(pid: int) -> int:
    """How much of a process' memory lies in swap, in units of 1024 bytes. Raises OSError."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmSwap:"):
            return int(line.split()[1])
    return 0


def environment_value(pid: int, name: str) -> str | None:
    """Raises NotAllowedError."""
    try:
        content = (PROC / str(pid) / "environ").read_bytes()
    except PermissionError as exc:
        raise NotAllowedError from exc
    except OSError:
        return None
    for entry in content.split(b"\0"):
        if entry.startswith(f"{name}=".encode()):
            return os.fsdecode(entry.partition(b"=")[2])
    return None
