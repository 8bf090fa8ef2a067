"""What of the library changed, whoever changed it, so that nobody reads all of it again."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.store.database import Database


@dataclass(frozen=True, slots=True)
class LibraryChanges:
    latest: int
    """Ask from here the next time."""
    clip_ids: tuple[int, ...]
    """Added, edited or removed."""
    has_campaigns: bool
    """A campaign was added, edited or removed."""


def latest_change(database: Database) -> int:
    """Counts up with every change of a clip or campaign, those of this connection included."""
    row = database.row("SELECT seq FROM sqlite_sequence WHERE name = 'library_changes'")
    return int(row["seq"]) if row else 0


def changes_since(database: Database, seen: int) -> LibraryChanges:
    """What changed after ``seen``, a value of ``latest_change``."""
    rows = database.rows(
        "SELECT change, part, id FROM library_changes WHERE change > :seen ORDER BY change",
        {"seen": seen},
    )
    return LibraryChanges(
        rows[-1]["change"] if rows else seen,
        tuple(row["id"] for row in rows if row["part"] == "clip"),
        any(row["part"] == "campaign" for row in rows),
    )
