"""Opens the unit's database at its start, also where it is found damaged or half restored."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.backup.recovery import DOUBT, last_recovery, recover
from appliance.backup.restoring import finish
from appliance.daemon.clock import Instant
from appliance.daemon.passing_state import TROUBLE
from appliance.errors import DaemonError, DamagedError
from appliance.store.database import Database, open_database

logger = logging.getLogger(__name__)


def open_at_start(
    database_path: Path, backup_folders: list[Path], now: dt.datetime, key: bytes | None = None
) -> Database:
    """The database, up to date; a damaged or lost one has given way to the last good backup.

    To be called with the daemon's lock held; ``now`` is aware, ``key`` tells the unit's backups.
    Raises StoreError for what no backup mends (another program's database, a newer one),
    DaemonError when files cannot be moved.
    """
    state_dir = database_path.parent
    try:
        if finish(state_dir):
            logger.warning("A restore that had been interrupted was carried to its end")
        doubt = state_dir / DOUBT
        try:
            database = open_database(database_path, is_checked_whole=doubt.exists())
        except DamagedError as exc:
            recover(state_dir, backup_folders, now, str(exc), key)
            database = open_database(database_path, begins_anew=True)
        doubt.unlink(missing_ok=True)
    except OSError as exc:
        raise DaemonError(
            f"cannot put the database of {state_dir} right ({exc.strerror}); check its owner"
        ) from exc
    return database


@contextlib.contextmanager
def doubting(state_dir: Path) -> Iterator[None]:
    """Damage that shows while the unit runs: the next start reads the whole database through."""
    try:
        yield
    except DamagedError:
        with contextlib.suppress(OSError):
            (state_dir / DOUBT).touch()
        raise


def lasting_troubles(
    state_dir: Path, now: Callable[[], Instant], *, is_passing: bool = False
) -> Callable[[], tuple[str, ...]]:
    """Says for some days that this run or an earlier one found the database damaged.

    ``is_passing``: the state is one in memory, for the unit's own cannot be written.
    """
    if is_passing:
        return lambda: (TROUBLE,)
    recovery = last_recovery(state_dir)
    if recovery is None:
        return tuple
    return lambda: (recovery.trouble,) if recovery.is_recent(now().stamp.local) else ()
