"""What clips do to those who see them, over time."""

from __future__ import annotations

import json
from dataclasses import dataclass

from appliance.domain import AffectPoint, ClipAffect
from appliance.store.database import Database
from appliance.store.stamp import Stamp


@dataclass(frozen=True, slots=True)
class StoredAffect:
    """A clip's affect and what told it."""

    affect: ClipAffect
    told_by: str


class ClipAffectStore:
    """Keeps the curves; the library's rows take over the values of the whole clip."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, clip_id: int, affect: ClipAffect, told_by: str, stamp: Stamp) -> bool:
        """Keep a clip's affect in place of what was there; False: there is no such clip."""
        whole: dict[str, object] = {
            "id": clip_id,
            "valence": round(affect.valence, 4),
            "arousal": round(affect.arousal, 4),
        }
        # Three numbers a point: one flat list would look like somebody's embedding.
        curve = [
            [point.t_s, round(point.valence, 4), round(point.arousal, 4)] for point in affect.curve
        ]
        told = {"told_by": told_by, "told_at": stamp.utc_text, "curve": json.dumps(curve)}
        with self._database.transaction():
            sql = "UPDATE clips SET valence = :valence, arousal = :arousal WHERE id = :id"
            if self._database.write(sql, whole) != 1:
                return False
            self._database.write(
                "INSERT INTO clip_affect (clip_id, told_by, told_at, valence, arousal, curve)"
                " VALUES (:id, :told_by, :told_at, :valence, :arousal, :curve)"
                " ON CONFLICT (clip_id) DO UPDATE SET told_by = excluded.told_by,"
                " told_at = excluded.told_at, valence = excluded.valence,"
                " arousal = excluded.arousal, curve = excluded.curve",
                whole | told,
            )
        return True

    def get(self, clip_id: int) -> StoredAffect | None:
        """None: nobody has looked through the clip yet."""
        row = self._database.row("SELECT * FROM clip_affect WHERE clip_id = :id", {"id": clip_id})
        if row is None:
            return None
        curve = tuple(AffectPoint(*point) for point in json.loads(row["curve"]))
        return StoredAffect(ClipAffect(row["valence"], row["arousal"], curve), row["told_by"])
