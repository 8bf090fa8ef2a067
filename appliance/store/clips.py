"""The library: one row per clip."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from enum import IntEnum, StrEnum

from appliance.domain import Clip, ClipKind, DayTime, Expression, Mood, Season, Weather
from appliance.errors import StoreError
from appliance.store.database import Database, Row
from appliance.store.stamp import Stamp

_LISTS: dict[str, type[StrEnum] | type[IntEnum]] = {
    "seasons": Season,
    "weathers": Weather,
    "day_times": DayTime,
    "target_emotions": Expression,
}
_FLAGS = ("enabled", "approved", "is_starter")


class ClipStore:
    """Reads and edits the library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, clip: Clip, stamp: Stamp) -> Clip:
        """Add a clip; its ``id`` is ignored, the clip returned carries the new one.

        Raises StoreError when a clip of the same content (``sha256``) or file name is there.
        """
        values: dict[str, object] = {
            field.name: getattr(clip, field.name)
            for field in dataclasses.fields(Clip)
            if field.name != "id"
        }
        for name in _LISTS:
            # The plain value: a subclass of str or int would not be written as one everywhere.
            values[name] = json.dumps([member.value for member in getattr(clip, name)])
        for name in _FLAGS:
            values[name] = int(getattr(clip, name))
        values["kind"] = clip.kind.value
        values["mood"] = clip.mood.value if clip.mood else None
        values["added_at"] = stamp.utc_text
        with self._database.transaction():
            twin = self.with_sha256(clip.sha256)
            if twin is not None:
                raise StoreError(f"the same clip is in the library already: {twin.id} {twin.title}")
            clip_id = self._database.insert("clips", values)
        return dataclasses.replace(clip, id=clip_id)

    def all(self) -> tuple[Clip, ...]:
        """Every clip, in the order they were added."""
        return _clips(self._database.rows("SELECT * FROM clips ORDER BY id"))

    def enabled(self) -> tuple[Clip, ...]:
        """The clips that are not switched off, in the order they were added."""
        return _clips(self._database.rows("SELECT * FROM clips WHERE enabled = 1 ORDER BY id"))

    def get(self, clip_id: int) -> Clip | None:
        row = self._database.row("SELECT * FROM clips WHERE id = :id", {"id": clip_id})
        return clip_of(row) if row else None

    def with_sha256(self, sha256: str) -> Clip | None:
        """The clip of this content, if the library has it."""
        row = self._database.row("SELECT * FROM clips WHERE sha256 = :sha", {"sha": sha256})
        return clip_of(row) if row else None

    def set_enabled(self, clip_id: int, is_enabled: bool) -> bool:
        """Switch a clip on or off; False: there is no such clip."""
        sql = "UPDATE clips SET enabled = :enabled WHERE id = :id"
        with self._database.transaction():
            return self._database.write(sql, {"id": clip_id, "enabled": int(is_enabled)}) == 1

    def remove(self, clip_id: int) -> bool:
        """Take a clip and what was learned of it out; its proof of play stays.

        False: there is no such clip. Its files are the caller's to delete, afterwards.
        """
        with self._database.transaction():
            return self._database.write("DELETE FROM clips WHERE id = :id", {"id": clip_id}) == 1

    def has_starters(self) -> bool:
        """The starter library was put in once; it is not put in again."""
        return self._database.row("SELECT 1 FROM meta WHERE key = 'starter_library'") is not None

    def remember_starters(self, stamp: Stamp) -> None:
        """From now on ``has_starters`` is true, even when the clips have been removed."""
        with self._database.transaction():
            self._database.insert(
                "meta", {"key": "starter_library", "value": stamp.utc_text}, or_ignore=True
            )


def clip_of(row: Row) -> Clip:
    """A row of ``clips`` as a value; more columns than the clip's own do no harm."""
    names = {field.name for field in dataclasses.fields(Clip)}
    values = {name: value for name, value in row.items() if name in names}
    for name, kind in _LISTS.items():
        values[name] = tuple(kind(member) for member in json.loads(row[name]))
    for name in _FLAGS:
        values[name] = bool(row[name])
    values["kind"] = ClipKind(row["kind"])
    values["mood"] = Mood(row["mood"]) if row["mood"] else None
    return Clip(**values)


def _clips(rows: Iterable[Row]) -> tuple[Clip, ...]:
    return tuple(clip_of(row) for row in rows)
