"""The library: one row per clip."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Any

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
_PLAIN = tuple(
    field.name
    for field in dataclasses.fields(Clip)
    if field.name not in {*_LISTS, *_FLAGS, "kind", "mood", "tags"}
)
_SELECT = (
    "SELECT clips.*, (SELECT json_group_array(tag) FROM clip_tags WHERE clip_id = clips.id) AS tags"
    " FROM clips"
)


class ClipStore:
    """Reads and edits the library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, clip: Clip, stamp: Stamp) -> Clip:
        """Add a clip; its ``id`` is ignored, the clip returned carries the new one.

        Raises StoreError when a clip of the same content (``sha256``) or file name is there.
        """
        values = _columns(clip) | {"added_at": stamp.utc_text}
        with self._database.transaction():
            twin = self.with_sha256(clip.sha256)
            if twin is None and clip.original_sha256 is not None:
                twin = self.with_sha256(clip.original_sha256)
            if twin is not None:
                raise StoreError(f"the same clip is in the library already: {twin.id} {twin.title}")
            clip_id = self._database.insert("clips", values)
            self._write_tags(clip_id, clip.tags)
        return dataclasses.replace(clip, id=clip_id, tags=tuple(sorted(set(clip.tags))))

    def update(self, clip: Clip) -> bool:
        """Write every field of a clip that is there; False: there is no such clip.

        What others keep about it (its campaign, when it was added, what was learned) stays.
        """
        values = _columns(clip)
        marks = ", ".join(f"{name} = :{name}" for name in values)
        sql = f"UPDATE clips SET {marks} WHERE id = :id"  # noqa: S608 - names of fields
        with self._database.transaction():
            if self._database.write(sql, values | {"id": clip.id}) == 0:
                return False
            self._database.write("DELETE FROM clip_tags WHERE clip_id = :id", {"id": clip.id})
            self._write_tags(clip.id, clip.tags)
            return True

    def all(self) -> tuple[Clip, ...]:
        """Every clip, in the order they were added."""
        return _clips(self._database.rows(f"{_SELECT} ORDER BY id"))

    def files(self) -> set[str]:
        """Names of all clips' files and thumbnails."""
        rows = self._database.rows(
            "SELECT file AS name FROM clips"
            " UNION SELECT thumbnail FROM clips WHERE thumbnail IS NOT NULL"
        )
        return {row["name"] for row in rows}

    def enabled(self, clip_ids: Iterable[int] | None = None) -> tuple[Clip, ...]:
        """The clips (None: of all; else of these) not switched off, in the order of their ids."""
        sql, values = f"{_SELECT} WHERE enabled = 1", {}
        if clip_ids is not None:
            sql += " AND id IN (SELECT value FROM json_each(:ids))"
            values = {"ids": json.dumps([*clip_ids])}
        return _clips(self._database.rows(f"{sql} ORDER BY id", values))

    def get(self, clip_id: int) -> Clip | None:
        row = self._database.row(f"{_SELECT} WHERE id = :id", {"id": clip_id})
        return clip_of(row) if row else None

    def with_sha256(self, sha256: str) -> Clip | None:
        """The clip of this content, as it is or as it was handed in, if the library has it."""
        sql = f"{_SELECT} WHERE sha256 = :sha OR original_sha256 = :sha ORDER BY id LIMIT 1"
        row = self._database.row(sql, {"sha": sha256})
        return clip_of(row) if row else None

    def set_enabled(self, clip_id: int, is_enabled: bool) -> bool:
        """Switch a clip on or off; False: there is no such clip."""
        sql = "UPDATE clips SET enabled = :enabled WHERE id = :id"
        with self._database.transaction():
            return self._database.write(sql, {"id": clip_id, "enabled": int(is_enabled)}) == 1

    def set_approved(self, clip_id: int, is_approved: bool) -> bool:
        """Let a clip play, or not until somebody approves it; False: there is no such clip."""
        sql = "UPDATE clips SET approved = :approved WHERE id = :id"
        with self._database.transaction():
            return self._database.write(sql, {"id": clip_id, "approved": int(is_approved)}) == 1

    def _write_tags(self, clip_id: int, tags: Iterable[str]) -> None:
        for tag in set(tags):
            self._database.insert("clip_tags", {"clip_id": clip_id, "tag": tag})

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


def _columns(clip: Clip) -> dict[str, object]:
    """A clip as a row of ``clips``, without the number that the table gives it."""
    values: dict[str, object] = {
        field.name: getattr(clip, field.name)
        for field in dataclasses.fields(Clip)
        if field.name not in ("id", "tags")
    }
    for name in _LISTS:
        # The plain value: a subclass of str or int would not be written as one everywhere.
        values[name] = json.dumps([member.value for member in getattr(clip, name)])
    for name in _FLAGS:
        values[name] = int(getattr(clip, name))
    values["kind"] = clip.kind.value
    values["mood"] = clip.mood.value if clip.mood else None
    return values


def clip_of(row: Row) -> Clip:
    """A row of ``clips`` as a value; more columns than the clip's own do no harm.

    Tags are in a table of their own: a row read without them makes a clip without tags.
    """
    values = {name: row[name] for name in _PLAIN}
    for name, kind in _LISTS.items():
        values[name] = _members(kind, row[name])
    for name in _FLAGS:
        values[name] = bool(row[name])
    values["kind"] = ClipKind(row["kind"])
    values["mood"] = Mood(row["mood"]) if row["mood"] else None
    values["tags"] = _tags(row.get("tags") or "[]")
    return Clip(**values)


# A library has few different lists, and is read as a whole: each is worked out once.
@lru_cache(4096)
def _members(kind: type[StrEnum] | type[IntEnum], text: str) -> tuple[Any, ...]:
    return tuple(kind(member) for member in json.loads(text))


@lru_cache(4096)
def _tags(text: str) -> tuple[str, ...]:
    return tuple(sorted(json.loads(text)))


def _clips(rows: Iterable[Row]) -> tuple[Clip, ...]:
    return tuple(clip_of(row) for row in rows)
