"""What the privacy checks share: the running unit, its process, and what it may hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from appliance.cli.context import Context
from appliance.cli.privacy_known import known_networks, known_of_database, old_thumbnails, shipped
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError
from appliance.inspection.content import Known
from appliance.inspection.files import FileSearch
from appliance.inspection.process import tree_of
from appliance.store.daemon_lock import DaemonLock

AS_ROOT = "the kernel does not let this user look: run the check as root (sudo)"


@dataclass(frozen=True)
class Audit:
    context: Context

    @cached_property
    def pid(self) -> int:
        """The daemon's process, by the lock on its database. Raises DaemonError: none runs."""
        pid = DaemonLock.holder(self.context.database_path)
        if pid is None:
            raise DaemonError(
                f"not proved: no unit runs on {self.context.state_dir}; start it and check again"
            )
        return pid

    @cached_property
    def processes(self) -> list[psutil.Process]:
        """The daemon and all it has started. Raises DaemonError."""
        return tree_of(self.pid)

    @cached_property
    def running(self) -> RunningUnit:
        """Raises DaemonError."""
        _ = self.pid
        return RunningUnit.find(self.context.state_dir)

    @cached_property
    def status(self) -> dict[str, Any]:
        """What the unit says of itself. Raises DaemonError."""
        return self.running.status()

    @cached_property
    def known(self) -> Known:
        """All that may be there although it is a picture, a film or numbers."""
        context = self.context
        known = shipped() | known_of_database(context.database_path)
        # What a restore or a recovery has set aside was a library of this unit's.
        for aside in context.state_dir.glob("*/appliance.db"):
            known |= known_of_database(aside)
        known |= known_networks(context.state_dir / "models")
        return known | old_thumbnails(context.database_path, context.clips_dir, known)

    @cached_property
    def search(self) -> FileSearch:
        room = self.context.state_dir
        return FileSearch(self.known, known_of_database, room if room.is_dir() else None)

    @cached_property
    def own_folders(self) -> dict[Path, str]:
        """The folders that are the unit's alone, each once, and what they are."""
        context = self.context
        folders = {context.state_dir: "state directory"}
        if context.settings.phone.export_dir:
            folders[Path(context.settings.phone.export_dir)] = "exported phone pages"
        if context.settings.backup.dir:
            folders[Path(context.settings.backup.dir)] = "backups"
        return folders
