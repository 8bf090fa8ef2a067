"""No picture, crop or embedding: in what the unit can write, and in what its processes hold."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from appliance.cli.context import DEFAULT_CONFIG
from appliance.cli.findings import Outcome, Verdict
from appliance.cli.privacy_audit import AS_ROOT, Audit
from appliance.content.clip_folder import SET_ASIDE
from appliance.errors import DaemonError, StoreError
from appliance.inspection.content import Suspicion
from appliance.inspection.places import Place, files_in, owner_of, shared_places
from appliance.inspection.process import (
    PROC,
    NotAllowedError,
    environment_value,
    held_files,
)

SHOWN = 5


def own_files(audit: Audit) -> Outcome:
    """Everything in the unit's own folders, and beside its settings."""
    context = audit.context
    count, found, waiting = 0, list[Suspicion](), list[Suspicion]()
    database = {context.database_path}

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            found.append(
                Suspicion(str(error.filename), f"cannot be read ({error.strerror})", False)
            )

    for path, where in _own_places(audit, unreadable):
        if path in database:
            continue
        count += 1
        suspicions = audit.search.look(path, where)
        # Their content is the operator's, on its way into the library.
        (waiting if _is_handed_in(path, context.state_dir) else found).extend(suspicions)
    if not found and waiting:
        return Verdict.WARN, (
            f"{count} files looked at; {len(waiting)} wait to be taken into the library and are"
            f" not of it yet: {_listed(waiting)}; check again when they have been, or remove them"
        )
    return _outcome(found, f"{count} files in {_named(audit)}")


def shared_files(audit: Audit) -> Outcome:
    """The unit's own in the folders for temporary files and shared memory."""
    pid = audit.pid
    try:
        temporary = environment_value(pid, "TMPDIR")
        os.listdir(PROC / str(pid) / "root")
    except (NotAllowedError, PermissionError):
        return Verdict.FAIL, f"not proved: {AS_ROOT}"
    process = audit.processes[0]
    owner = owner_of(process.uids().effective, process.create_time())
    places = shared_places(PROC / str(pid) / "root", owner, temporary)
    count, found = 0, list[Suspicion]()
    mine = frozenset({PROC / str(pid) / "root" / str(context_dir).lstrip("/")
                      for context_dir in _absolute(audit.own_folders)})  # fmt: skip
    for place in places:
        for path, where in files_in(place, skip=mine):
            count += 1
            found += [each for each in audit.search.look(path, where) if each.is_certain]
    whose = f"user {_user(owner.uid)}'s" + (", since the unit's start" if owner.since_s else "")
    return _outcome(found, f"{count} files ({whose}) in {', '.join(p.shown for p in places)}")


def open_files(audit: Audit) -> Outcome:
    """Deleted files, memory files and everything else that a process of the unit's holds."""
    count, found = 0, list[Suspicion]()
    own = tuple(str(folder) + os.sep for folder in _absolute(audit.own_folders))
    try:
        for process in audit.processes:
            started_s = process.create_time()
            for held in held_files(process.pid):
                target = held.shown.partition("open file ")[2]
                is_seen = not held.is_deleted and target.startswith(own)
                # What it only reads and what was there before it holds nothing it has seen.
                is_older = held.is_read_only and held.modified_s < started_s
                if is_seen or (is_older and not held.is_deleted):
                    continue
                count += 1
                found += audit.search.look(held.path, held.shown, is_live=False)
    except NotAllowedError:
        return Verdict.FAIL, f"not proved: {AS_ROOT}"
    return _outcome(found, f"{count} files held open or in memory, deleted ones included")


def database_rows(audit: Audit) -> Outcome:
    """Every column of every table, and what deleted rows have left."""
    path = audit.context.database_path
    if not path.exists():
        raise StoreError(f"there is no database at {path} yet; start the unit")
    found = audit.search.look(path, path.name)
    return _outcome(found, f"all columns of all tables of {path.name}")


def _own_places(audit: Audit, unreadable: Callable[[OSError], None]) -> Iterator[tuple[Path, str]]:
    """(path, name) of the files of the unit's own folders, each once."""
    seen: set[Path] = set()
    for folder in audit.own_folders:
        yield from files_in(Place(folder, str(folder)), frozenset(seen), unreadable)
        seen |= {folder}
    settings = audit.context.config_path
    if settings is not None and settings.parent.absolute() not in _absolute(audit.own_folders):
        # Somebody's home may lie below a settings file that is not in its own folder.
        is_deep = settings.parent == DEFAULT_CONFIG.parent
        yield from files_in(
            Place(settings.parent, str(settings.parent), is_deep=is_deep), on_error=unreadable
        )
    home = _home(audit)
    if home is not None:
        yield from files_in(Place(home, str(home)), on_error=unreadable)


def _home(audit: Audit) -> Path | None:
    """Of a user that is the unit's alone, where it is another folder than those above."""
    with contextlib.suppress(DaemonError, KeyError, IndexError):
        process = audit.processes[0]
        uid = process.uids().effective
        home = Path(pwd.getpwuid(uid).pw_dir)
        is_own = owner_of(uid, 0).since_s is None
        folders = _absolute(audit.own_folders)
        if is_own and home.is_dir() and home != Path("/") and home.stat().st_uid == uid:
            return None if home in folders else home
    return None


def _is_handed_in(path: Path, state_dir: Path) -> bool:
    """In the drop folder, set aside, or unfinished while somebody works in the library's."""
    parts = path.relative_to(state_dir).parts if path.is_relative_to(state_dir) else ()
    if parts[:1] in (("drop",), (SET_ASIDE,)):
        return True
    if len(parts) < 2 or parts[0] != "clips" or not parts[1].startswith(".incoming-"):
        return False
    folder = os.open(state_dir / "clips", os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False


def _outcome(found: list[Suspicion], looked_at: str) -> Outcome:
    certain = [each for each in found if each.is_certain]
    if certain:
        return Verdict.FAIL, (
            f"{_listed(certain)}; find out what wrote it, then delete it; if it is a clip of"
            " yours, 'appliance clip add' makes it known"
        )
    if found:
        return (
            Verdict.WARN,
            f"{looked_at}: none, but not all is known: {_listed(found)}; look at it",
        )
    return Verdict.OK, f"{looked_at}: no picture, no embedding"


def _listed(found: list[Suspicion]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(str(each) for each in found[:SHOWN]) + more


def _named(audit: Audit) -> str:
    return ", ".join(f"{what} {folder}" for folder, what in audit.own_folders.items())


def _absolute(folders: Iterable[Path]) -> list[Path]:
    return [Path(os.path.realpath(folder)) for folder in folders]


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
