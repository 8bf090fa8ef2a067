"""When the unit backs itself up, and where to."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from appliance.config.section import Section


class BackupSettings(Section):
    """Each night the database, and everything where a folder is named."""

    dir: str = Field(
        "", description="Folder for a whole backup each night, best on another disk; empty: none."
    )
    at: str = Field(
        "02:30",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Local time from which the night's backups are made.",
    )
    keep: int = Field(
        7, ge=1, le=1000, description="Backups of each kind that stay; the oldest go first."
    )

    @property
    def time(self) -> dt.timedelta:
        """``at`` as the time since midnight."""
        hour, minute = self.at.split(":")
        return dt.timedelta(hours=int(hour), minutes=int(minute))
