"""The staff's word that the unit must not look: it holds over a restart and a power cut."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from appliance.store.database import Database
from appliance.store.stamp import Stamp

_KEY = "sensing_stop"


@dataclass(frozen=True, slots=True)
class SensingStop:
    for_s: float | None
    """How long; None: until somebody starts it again."""
    until: dt.datetime | None
    """Aware; of a stop with ``for_s``."""

    @classmethod
    def from_now(cls, for_s: float | None, stamp: Stamp) -> SensingStop:
        until = None if for_s is None else stamp.local + dt.timedelta(seconds=for_s)
        return cls(for_s, until)

    def left_s(self, stamp: Stamp) -> float | None:
        """Seconds left, 0 when it is over; None: it has no end."""
        if self.for_s is None or self.until is None:
            return None
        # A clock that is not set tells nothing of how long the unit was off.
        if not stamp.is_synced:
            return self.for_s
        return min(max((self.until - stamp.local).total_seconds(), 0.0), self.for_s)


class SensingStopStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> SensingStop | None:
        """None: nobody has stopped it."""
        row = self._database.row("SELECT value FROM meta WHERE key = :key", {"key": _KEY})
        if row is None:
            return None
        try:
            kept = json.loads(row["value"])
            until = kept["until"] and dt.datetime.fromisoformat(kept["until"])
            return SensingStop(kept["for_s"], until)
        except (ValueError, KeyError, TypeError):
            # Whatever was meant, it was meant to be stopped.
            return SensingStop(None, None)

    def write(self, stop: SensingStop | None) -> None:
        """On disk when it returns; None: it may look again. Raises StoreError."""
        with self._database.transaction():
            self._database.write("DELETE FROM meta WHERE key = :key", {"key": _KEY})
            if stop is not None:
                until = stop.until.isoformat() if stop.until else None
                kept = json.dumps({"for_s": stop.for_s, "until": until})
                self._database.insert("meta", {"key": _KEY, "value": kept})
