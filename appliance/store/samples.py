"""Emotion samples: one row a second while a clip plays and its leading watcher is there."""

from __future__ import annotations

from appliance.domain import EMOTIONS, EmotionSample, EmotionScores, Expression
from appliance.store.database import Database
from appliance.store.records import EmotionHour

_THREE = {
    Expression.HAPPY: "happiness",
    Expression.NEUTRAL: "neutral",
    Expression.SAD: "sadness",
}
"""Over three: the largest of these probabilities alone (the design's definition)."""


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

    def emotions_by_hour(self, local_date: str) -> tuple[EmotionHour, ...]:
        """The place's emotions on a day (ISO date), hours without any left out.

        A play's seconds count in the hour it began. Abstained seconds are left out; hiding
        small counts is the caller's part.
        """
        sql = (  # Only names of this module are put into the text.
            "SELECT CAST(strftime('%H', event.at, event.tz_offset_minutes || ' minutes')"  # noqa: S608
            f" AS INTEGER) AS hour, {_largest(EMOTIONS)} AS seven,"
            f" {_largest(tuple(_THREE[expression] for expression in Expression))} AS three,"
            " count(*) AS seconds"
            " FROM play_events AS event JOIN emotion_samples USING (play_id)"
            " WHERE event.local_date = :day AND event.event = 'playing' AND NOT abstained"
            " GROUP BY 1, 2, 3 ORDER BY 1"
        )
        hours: dict[int, tuple[list[int], list[int]]] = {}
        for row in self._database.rows(sql, {"day": local_date}):
            seven, three = hours.setdefault(row["hour"], ([0] * len(EMOTIONS), [0] * len(_THREE)))
            seven[row["seven"]] += row["seconds"]
            three[row["three"]] += row["seconds"]
        return tuple(
            EmotionHour(hour, tuple(seven), tuple(three)) for hour, (seven, three) in hours.items()
        )

    def visits_by_hour(self, local_date: str) -> dict[int, int]:
        """How many visits were shown something in each local hour of a day (ISO date)."""
        rows = self._database.rows(
            "SELECT CAST(strftime('%H', at, tz_offset_minutes || ' minutes') AS INTEGER) AS hour,"
            " count(DISTINCT visit_id) AS visits FROM play_events"
            " WHERE local_date = :day AND event = 'playing' AND visit_id IS NOT NULL GROUP BY 1",
            {"day": local_date},
        )
        return {row["hour"]: row["visits"] for row in rows}


def _largest(names: tuple[str, ...]) -> str:
    """SQL for the place, within ``names``, of the column with the largest value."""
    cases = " ".join(f"WHEN {name} THEN {place}" for place, name in enumerate(names))
    return f"CASE max({', '.join(names)}) {cases} END"
