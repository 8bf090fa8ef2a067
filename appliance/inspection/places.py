"""Where the unit can write: its own folders, and what is its user's in those that all share."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SHARED = (
    *("/tmp", "/var/tmp", "/dev/shm"),  # noqa: S108 - looked through, not written to
    # What appliance.service may write besides.
    *("/run/appliance", "/srv/appliance", "/mnt/appliance", "/media/appliance"),
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose files in shared folders are the unit's."""

    uid: int
    since_s: float | None
    """Unix time; only files changed later count. None: the user is the unit's alone, so all do."""


@dataclass(frozen=True, slots=True)
class Place:
    path: Path
    shown: str
    """What people call it: without the way into the process's own view of the file system."""
    owner: Owner | None = None
    """None: a folder of the unit's own, of which everything is looked at."""
    is_deep: bool = True


def owner_of(uid: int, started_s: float) -> Owner:
    """Of a unit that runs as ``uid`` since ``started_s``.

    Where people log in under that name (or it is root's), not everything of theirs is the unit's.
    """
    try:
        shell = pwd.getpwuid(uid).pw_shell
    except KeyError:
        shell = ""
    is_own = uid != 0 and (not shell or shell.endswith(("nologin", "false")))
    return Owner(uid, None if is_own else started_s)


def shared_places(root: Path, owner: Owner, temporary: str | None) -> list[Place]:
    """The folders for temporary files as the unit's process sees them.

    ``root``: its ``/proc/PID/root`` (a service may have a /tmp of its own); ``temporary``: its
    TMPDIR.
    """
    names = dict.fromkeys([*SHARED, *([temporary] if temporary else [])])
    return [Place(root / name.lstrip("/"), name, owner) for name in names if name.startswith("/")]


def files_in(
    place: Place,
    skip: frozenset[Path] = frozenset(),
    on_error: Callable[[OSError], None] = lambda error: None,
) -> Iterator[tuple[Path, str]]:
    """(path, how to call it) of each regular file that counts; folders in ``skip`` are left out.

    ``on_error`` is told of every folder that cannot be looked into.

    Nothing outside is followed: links are not, nor other file systems' pseudo files.
    """
    if place.path.is_file():
        yield place.path, place.shown
        return
    for folder, subfolders, names in os.walk(place.path, onerror=on_error):
        here = Path(folder)
        subfolders[:] = [
            name
            for name in subfolders
            if place.is_deep and here / name not in skip and not (here / name).is_symlink()
        ]
        for name in names:
            path = here / name
            if _counts(path, place.owner):
                yield path, str(Path(place.shown) / path.relative_to(place.path))


def _counts(path: Path, owner: Owner | None) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode):
        return False
    if owner is None:
        return True
    is_late = owner.since_s is None or status.st_ctime >= owner.since_s
    return status.st_uid == owner.uid and is_late
