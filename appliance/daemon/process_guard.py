"""The process keeps its memory to itself: no core dump, no debugger of another user's."""

from __future__ import annotations

import ctypes
import resource

PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4


def keep_memory_private() -> None:
    """No frame may reach the disk in a core dump; also not one that is piped to a program.

    A limit of 0 stops core files, but not those that the kernel pipes to a program (core(5));
    a process that is not dumpable (prctl(2)) has none of either kind, and other processes of its
    user cannot read its memory.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def is_memory_private() -> bool:
    """Of this process, as the kernel has it."""
    is_limited = resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    return is_limited and ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
