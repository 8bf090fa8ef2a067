"""Emotion samples: one row a second while a clip plays and its leading watcher is there."""

from __future__ import annotations

from appliance.domain import EMOTIONS, EmotionSample, EmotionScores, Expression
from appliance.store.database import Database
from appliance.store.records import EmotionCell, EmotionHour

SETTLED_S = 900
"""After an hour's end nothing more is added to it; films are shorter."""


class SampleStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, play_id: str, t_s: float, scores: EmotionScores, watchers: int) -> None:
        """Write one second; a second ``t_s`` of the same play is ignored.

        Nobody was promised it, so it may be lost with the power (the last seconds of a play).
        """
        values: dict[str, object] = {
            "play_id": play_id,
            "t_s": round(float(t_s), 3),
            "valence": float(scores.valence),
            "arousal": float(scores.arousal),
            "watchers": watchers,
            "abstained": int(scores.expression is None),
        }
        values |= {
            # Four digits are more than the network knows, and nothing reads more.
            name: round(float(probability), 4)
            for name, probability in zip(EMOTIONS, scores.probabilities, strict=True)
        }
        with self._database.transaction(is_durable=False):
            self._database.insert("emotion_samples", values, or_ignore=True)

    def of_play(self, play_id: str) -> tuple[EmotionSample, ...]:
        """The samples of a play, in order of time."""
        rows = self._database.rows(
            "SELECT * FROM emotion_samples WHERE play_id = :id ORDER BY t_s", {"id": play_id}
        )
        return tuple(
            EmotionSample(
                row["t_s"],
                tuple(row[name] for name in EMOTIONS),
                row["valence"],
                row["arousal"],
                row["watchers"],
                bool(row["abstained"]),
            )
            for row in rows
        )

    def emotions_by_hour(self, first: str, last: str | None = None) -> tuple[EmotionHour, ...]:
        """The place's emotions on these local dates (ISO, both included), hour by hour.

        Hours without any are left out. A play's seconds count in the hour it began. Hiding small
        counts is the caller's part.
        """
        rows = self._database.rows(
            "SELECT * FROM emotion_hours WHERE local_date BETWEEN :first AND :last"
            " ORDER BY local_date, hour",
            {"first": first, "last": first if last is None else last},
        )
        return tuple(
            EmotionHour(
                row["hour"],
                tuple(row[name] for name in EMOTIONS),
                tuple(row[f"{expression.name.lower()}_of_three"] for expression in Expression),
                row["abstained"],
                row["local_date"],
            )
            for row in rows
        )

    def contributed(self, local_date: str, before_hour: int) -> tuple[EmotionCell, ...]:
        """What visits showed in the hours of a local date (ISO) that end by ``before_hour``.

        A play's seconds count in the hour it began, and no later than ``SETTLED_S`` after it.
        """
        rows = self._database.rows(
            "SELECT second.hour, second.seven AS emotion, count(*) AS seconds,"
            " count(DISTINCT event.visit_id) AS visits"
            " FROM play_events AS event CROSS JOIN emotion_seconds AS second"
            " ON second.play_id = event.play_id"
            " WHERE event.local_date = :day AND event.event = 'playing'"
            " AND event.visit_id IS NOT NULL AND second.hour < :before AND second.t_s < :settled"
            " AND second.seven <> 'abstained' GROUP BY 1, 2",
            {"day": local_date, "before": before_hour, "settled": SETTLED_S},
        )
        return tuple(EmotionCell(**row) for row in rows)

    def visits_by_hour(self, first: str, last: str | None = None) -> dict[int, int]:
        """How many visits were shown something in each local hour of these dates (ISO)."""
        rows = self._database.rows(
            "SELECT CAST(strftime('%H', at, tz_offset_minutes || ' minutes') AS INTEGER) AS hour,"
            " count(DISTINCT visit_id) AS visits FROM play_events"
            " WHERE local_date BETWEEN :first AND :last AND event = 'playing'"
            " AND visit_id IS NOT NULL GROUP BY 1",
            {"first": first, "last": first if last is None else last},
        )
        return {row["hour"]: row["visits"] for row in rows}
