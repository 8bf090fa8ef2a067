"""Reactions of watchers, play by play: how many sampled seconds each emotion led."""

from __future__ import annotations

from appliance.domain import EMOTIONS, Reaction, Screen
from appliance.store.database import Database, Row
from appliance.store.records import PastReaction

# As in reaction_of: of two equal probabilities the first in the order of EMOTIONS leads.
_LEADER = (
    f"CASE max({', '.join(EMOTIONS)})"
    + "".join(f" WHEN {emotion} THEN '{emotion}'" for emotion in EMOTIONS)
    + " END"
)
_LED = ", ".join(
    f"total(NOT abstained AND {_LEADER} = '{emotion}') AS {emotion}" for emotion in EMOTIONS
)

# The loop's clips are left out: who passes them was not shown them and is not asked.
_REACTIONS = f"""
SELECT event.play_id, event.visit_id, event.clip_id, event.clip_title,
       ratings.value, ratings.stars, ratings.seen_before,
       count(*) AS seconds, sum(abstained) AS abstained,
       avg(CASE WHEN NOT abstained THEN valence END) AS valence,
       avg(CASE WHEN NOT abstained THEN arousal END) AS arousal, {_LED}
FROM play_events AS event
JOIN emotion_samples AS sample ON sample.play_id = event.play_id
LEFT JOIN ratings ON ratings.play_id = event.play_id
WHERE event.event = 'playing'
"""  # noqa: S608


class ReactionStore:
    """Reads the samples there are: older ones were purged (``retention.samples_days``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_play(self, play_id: str) -> PastReaction | None:
        """On any screen; None: nobody was seen while it played, or its samples were purged."""
        sql = f"{_REACTIONS} AND event.play_id = :id GROUP BY event.id"
        row = self._database.row(sql, {"id": play_id})
        return _past_reaction(row) if row else None

    def of_watchers(self, clip_id: int | None = None) -> tuple[PastReaction, ...]:
        """Of all clips that were chosen for a watcher, or of one, in order of time."""
        sql = (
            f"{_REACTIONS} AND event.visit_id IS NOT NULL AND event.screen = :show"
            " AND (:clip IS NULL OR event.clip_id = :clip) GROUP BY event.id ORDER BY event.id"
        )
        rows = self._database.rows(sql, {"show": Screen.SHOW.value, "clip": clip_id})
        return tuple(_past_reaction(row) for row in rows)

    def title_of(self, clip_id: int) -> str | None:
        """The title a clip was last shown under; None: it was never shown."""
        row = self._database.row(
            "SELECT title, max(local_date) FROM play_hours WHERE clip_id = :clip GROUP BY clip_id",
            {"clip": clip_id},
        )
        return str(row["title"]) if row else None


def _past_reaction(row: Row) -> PastReaction:
    sampled = row["seconds"] - row["abstained"]
    ratios = tuple(100 * row[name] / sampled if sampled else 0.0 for name in EMOTIONS)
    return PastReaction(
        reaction=Reaction(row["play_id"], sampled, ratios),
        visit_id=row["visit_id"],
        clip_id=row["clip_id"],
        clip_title=row["clip_title"],
        abstained=row["abstained"],
        valence=row["valence"],
        arousal=row["arousal"],
        rating=row["value"],
        stars=row["stars"],
        seen_before=None if row["seen_before"] is None else bool(row["seen_before"]),
    )
