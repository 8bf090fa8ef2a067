"""A damaged database at the unit's start: set aside, and the last good backup in its place."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.backup.restoring import DAMAGED, Restored, free_folder, restore, set_strangers_aside
from appliance.backup.shelf import Backup, backups_in, latest_first
from appliance.errors import BackupError

logger = logging.getLogger(__name__)

NOTE = "recovery.json"
DOUBT = "check-database"
"""This file makes the next start read the whole database through."""
TOLD_FOR = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Recovery:
    at: str
    """ISO 8601, local."""
    aside: str
    """Folder in the state directory with the damaged database."""
    restored_from: str | None
    """Name of the backup; None: there was none that is good, the unit began anew."""
    backup_made_at: str | None

    @property
    def trouble(self) -> str:
        """Code for the screen and for status."""
        return "database-lost" if self.restored_from is None else "database-restored"

    def is_recent(self, now: dt.datetime) -> bool:
        """Whether people should still be told; ``now`` is aware."""
        return now - dt.datetime.fromisoformat(self.at) < TOLD_FOR


def recover(
    state_dir: Path,
    folders: Iterable[Path],
    now: dt.datetime,
    why: str,
    key: bytes | None = None,
) -> Recovery:
    """Set the damaged database aside and restore the latest backup in ``folders`` that is good.

    ``key`` (of the unit's secret) tells the unit's own backups; no others are taken unasked.
    To be called with the daemon's lock held. Without any backup there is no database afterwards:
    the unit makes a new one. Raises OSError when files cannot be moved.
    """
    logger.error("The database is damaged: %s", why)
    found = latest_first(each for folder in folders for each in backups_in(folder, key=key))
    restored, used = _from_the_best(state_dir, found, now, key)
    if restored is not None:
        aside, strangers = restored.aside, restored.strangers
    else:
        aside = free_folder(state_dir, f"{DAMAGED}{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}")
        for name in ("appliance.db", "appliance.db-wal", "appliance.db-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.replace(state_dir / name, aside / name)
        logger.error("No good backup was found; the unit begins anew, the old file is in %s", aside)
        strangers = set_strangers_aside(state_dir, aside)
    if strangers:
        logger.error(
            "%d files of clips that the database does not know are in %s; take them in again with"
            " 'appliance clip add'", strangers, aside / "clips",
        )  # fmt: skip
    done = Recovery(
        now.isoformat(timespec="seconds"),
        aside.name,
        used.path.name if used else None,
        used.made_at.isoformat(timespec="seconds") if used else None,
    )
    (state_dir / NOTE).write_text(json.dumps(asdict(done), indent=1), encoding="utf-8")
    (state_dir / DOUBT).unlink(missing_ok=True)
    return done


def _from_the_best(
    state_dir: Path, found: list[Backup], now: dt.datetime, key: bytes | None
) -> tuple[Restored | None, Backup | None]:
    for backup in found:
        try:
            restored = restore(
                backup.path, state_dir, now,
                database_only=True, aside_prefix=DAMAGED, key=key,
            )  # fmt: skip
        except BackupError as exc:
            logger.warning("Not restored: %s", exc)
            continue
        logger.error(
            "The database was restored from %s of %s; what came later is lost, the damaged file"
            " is in %s", backup.path.name, f"{backup.made_at:%Y-%m-%d %H:%M} UTC", restored.aside,
        )  # fmt: skip
        return restored, backup
    return None, None


def last_recovery(state_dir: Path) -> Recovery | None:
    """None: this unit's database was never found damaged."""
    try:
        kept = json.loads((state_dir / NOTE).read_text(encoding="utf-8"))
        return Recovery(**{str(name): value for name, value in kept.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None
