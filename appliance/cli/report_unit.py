"""Which unit and place a report is of, so that files of several units can be put together."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from appliance.config import Settings
from appliance.store.database import Database


@dataclass(frozen=True, slots=True)
class ReportUnit:
    """Columns of each exported row."""

    unit: str
    """Name in the settings."""
    unit_id: str
    """Drawn at random once; no number of the machine's. It lies in the database."""
    place: str

    @property
    def columns(self) -> dict[str, str]:
        return asdict(self)


def unit_of(settings: Settings, database: Database) -> ReportUnit:
    """The unit whose settings and database these are."""
    row = database.row("SELECT value FROM meta WHERE key = 'unit_id'")
    return ReportUnit(settings.panel.unit_name, row["value"] if row else "", settings.panel.place)
