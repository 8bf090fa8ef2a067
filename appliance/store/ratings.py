"""Answers to "Did you like it?", and what they teach, in one transaction."""

from __future__ import annotations

from appliance.domain import Rating, RatingSource
from appliance.messages import Answer
from appliance.store.database import Database
from appliance.store.stamp import Stamp

ABSTAINED = -1
"""The expression of an answer given while the unit abstained."""


class RatingStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self,
        play_id: str,
        value: int | None,
        source: RatingSource,
        stamp: Stamp,
        stars: int | None = None,
    ) -> Answer:
        """Write an answer, as in ``Rating``; when this returns DONE it is on disk.

        ALREADY: the play has its answer, the first one counts. UNKNOWN: nothing of that id
        was ever shown.
        """
        with self._database.transaction():
            shown = self._database.row(
                "SELECT id, clip_id, expression FROM decisions WHERE play_id = :id AND EXISTS"
                " (SELECT 1 FROM play_events WHERE play_id = :id AND event = 'playing')",
                {"id": play_id},
            )
            if shown is None:
                return Answer.UNKNOWN
            rating = {
                "play_id": play_id,
                "decision_id": shown["id"],
                "value": value,
                "stars": stars,
                "source": source.value,
            }
            if not self._database.insert("ratings", rating | stamp.columns(), or_ignore=True):
                return Answer.ALREADY
            if value is not None:
                self._learn(shown["clip_id"], shown["expression"], value, stamp)
        return Answer.DONE

    def say_seen_before(self, play_id: str, seen_before: bool) -> Answer:
        """Add to a play's answer whether its giver knew the clip; the first word counts.

        UNKNOWN: the play has no answer.
        """
        with self._database.transaction():
            given = self.get(play_id)
            if given is None:
                return Answer.UNKNOWN
            if given.seen_before is not None:
                return Answer.ALREADY
            self._database.write(
                "UPDATE ratings SET seen_before = :seen WHERE play_id = :id",
                {"seen": int(seen_before), "id": play_id},
            )
        return Answer.DONE

    def _learn(self, clip_id: int, expression: int | None, value: int, stamp: Stamp) -> None:
        # From the library's own row: a clip that was removed meanwhile has nothing to learn.
        self._database.write(
            "INSERT INTO clip_scores (clip_id, expression, likes, dislikes, updated_at)"
            " SELECT id, :expression, :like, :dislike, :at FROM clips WHERE id = :clip"
            " ON CONFLICT (clip_id, expression) DO UPDATE SET likes = likes + :like,"
            " dislikes = dislikes + :dislike, updated_at = :at",
            {
                "clip": clip_id,
                "expression": ABSTAINED if expression is None else expression,
                "like": value,
                "dislike": 1 - value,
                "at": stamp.utc_text,
            },
        )

    def get(self, play_id: str) -> Rating | None:
        """The answer given for a play, if any."""
        row = self._database.row("SELECT * FROM ratings WHERE play_id = :id", {"id": play_id})
        if row is None:
            return None
        seen = row["seen_before"]
        return Rating(
            row["decision_id"],
            play_id,
            row["value"],
            RatingSource(row["source"]),
            row["stars"],
            None if seen is None else bool(seen),
        )
