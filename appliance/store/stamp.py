"""A moment as the database keeps it: UTC, the local date, and whether the clock was right."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a row was written, on the unit's wall clock."""

    local: dt.datetime
    """Aware, in the unit's own zone."""
    is_synced: bool = True
    """False: the clock had not been set since power came back; the row is marked."""

    @property
    def utc_text(self) -> str:
        """For example ``2026-03-01T04:05:06.789Z``; texts compare as the times do."""
        return utc_text(self.local)

    @property
    def local_date(self) -> str:
        return self.local.date().isoformat()

    @property
    def tz_offset_minutes(self) -> int:
        offset = self.local.utcoffset()
        return 0 if offset is None else round(offset.total_seconds() / 60)

    def columns(self, at: str = "at") -> dict[str, object]:
        """The four columns every dated table has; ``at`` names the first."""
        return {
            at: self.utc_text,
            "local_date": self.local_date,
            "tz_offset_minutes": self.tz_offset_minutes,
            "clock_synced": int(self.is_synced),
        }


def utc_text(moment: dt.datetime) -> str:
    """``moment`` (aware) in UTC with milliseconds and a final Z."""
    utc = moment.astimezone(dt.UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_time(text: str, tz_offset_minutes: int) -> dt.datetime:
    """The inverse: the stored UTC text as an aware time in the zone it was written in."""
    return dt.datetime.fromisoformat(text).astimezone(_zone(tz_offset_minutes))


@lru_cache(maxsize=64)
def _zone(offset_minutes: int) -> dt.timezone:
    """One zone for all rows of a report."""
    return dt.timezone(dt.timedelta(minutes=offset_minutes))
