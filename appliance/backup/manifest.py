"""What an archive says of itself: when and by what it was made, how far the proof went; signed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.backup.signature import Trust, signature, trust_of
from appliance.errors import BackupError

MANIFEST = "manifest.json"
KIND = "maum-signage-backup"
FORMAT = 1


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which of two backups came later: by the proof's chain, for a clock may be wrong."""

    epoch: int = 0
    """How often the database had been set back."""
    event_id: int = 0
    """Number of the last event of proof of play."""
    number: int = 0
    """Counts up with each backup of a folder: without an event in between, this one tells."""
    own_day: int = 0
    """Day that the unit has run; for one whose clock is not set."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an archive says of itself."""

    scope: str
    """``full`` or ``database``."""
    version: str
    """Of the program that made it."""
    schema: int
    """Of its database."""
    database_sha256: str
    """Uncompressed."""
    created_at: dt.datetime
    """Aware."""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Manifest:
    facts: Facts
    sha256: dict[str, str]
    """By name in the archive."""
    kept: Mapping[str, Any]
    """All that it says, as it was signed."""

    def trust(self, key: bytes | None) -> Trust:
        """Whose it is; ``key`` is of this unit's secret."""
        return trust_of(self.kept, key)


def manifest_content(facts: Facts, checksums: dict[str, str], key: bytes | None) -> bytes:
    """The file at an archive's end; ``key`` signs it, None leaves it unsigned."""
    kept: dict[str, Any] = {
        "kind": KIND,
        "format": FORMAT,
        "scope": facts.scope,
        "version": facts.version,
        "schema": facts.schema,
        "database_sha256": facts.database_sha256,
        "created_at": facts.created_at.isoformat(),
        "place": asdict(facts.place),
        "sha256": checksums,
    }
    if key is not None:
        kept["mac"] = signature(kept, key)
    return json.dumps(kept, indent=1, sort_keys=True).encode("utf-8")


def manifest_of(content: bytes, path: Path) -> Manifest:
    """The inverse; ``path`` names the archive. Raises BackupError."""
    try:
        kept: dict[str, Any] = json.loads(content)
        if kept["kind"] != KIND:
            raise ValueError("another kind")
        if kept["format"] != FORMAT:
            raise BackupError(
                f"{path} was made by a newer program ({kept['version']}); install that one first"
            )
        facts = Facts(
            str(kept["scope"]),
            str(kept["version"]),
            int(kept["schema"]),
            str(kept["database_sha256"]),
            dt.datetime.fromisoformat(kept["created_at"]),
            Place(**{name: int(value) for name, value in kept.get("place", {}).items()}),
        )
        sha256 = {str(name): str(value) for name, value in kept["sha256"].items()}
        return Manifest(facts, sha256, kept)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise BackupError(f"{path} is no backup of this program; name another file") from exc
