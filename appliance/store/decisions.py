"""Choices: written before anything plays, with all that is needed to explain them later."""

from __future__ import annotations

import json
from typing import Any

from appliance.domain import (
    Candidate,
    DayTime,
    Decision,
    DecisionContext,
    Expression,
    Posterior,
    Screen,
    Season,
    Surroundings,
    Weather,
)
from appliance.store.database import Database, Row
from appliance.store.lessons import taught_of
from appliance.store.records import PastDecision
from appliance.store.stamp import Stamp, local_time


class DecisionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self, decision: Decision, *, play_id: str, visit_id: int | None, stamp: Stamp
    ) -> int:
        """Write a choice and the id (UUID) of the play it is for; returns the decision's id."""
        context = decision.context
        surroundings = context.surroundings
        values: dict[str, object] = {
            "play_id": play_id,
            "visit_id": visit_id,
            "screen": context.screen.value,
            "expression": None if context.expression is None else int(context.expression),
            "confidence": float(context.confidence),
            "watchers": context.watchers,
            "season": surroundings.season.value,
            "day_time": surroundings.day_time.value,
            "weather": surroundings.weather.value if surroundings.weather else None,
            "clip_id": decision.clip.id,
            "clip_title": decision.clip.title,
            "clip_kind": decision.clip.kind.value,
            "probability": float(decision.probability),
            "floor": float(decision.floor),
            "policy": decision.policy,
            "reason": decision.reason,
            "candidates": json.dumps(
                [_candidate_json(candidate) for candidate in decision.candidates],
                ensure_ascii=False,
                separators=(",", ":"),
            ),
            "candidates_omitted": decision.candidates_omitted,
            "campaign_id": decision.campaign_id,
            "planned_s": float(decision.clip.duration_s),
        }
        with self._database.transaction():
            return self._database.insert("decisions", values | stamp.columns("decided_at"))

    def get(self, decision_id: int) -> PastDecision | None:
        row = self._database.row("SELECT * FROM decisions WHERE id = :id", {"id": decision_id})
        return past_decision(row) if row else None

    def of_play(self, play_id: str) -> PastDecision | None:
        """The choice that a play (shown or only planned) came from."""
        row = self._database.row("SELECT * FROM decisions WHERE play_id = :id", {"id": play_id})
        return past_decision(row) if row else None

    def play_ids(self, beginning: str, limit: int) -> tuple[str, ...]:
        """Ids of plays, shown or planned, that begin like this; at most ``limit``."""
        # A range rather than LIKE: it uses the index, and % in the input means nothing.
        rows = self._database.rows(
            "SELECT play_id FROM decisions WHERE play_id >= :first AND play_id < :last"
            " ORDER BY play_id LIMIT :limit",
            {"first": beginning, "last": beginning + "\U0010ffff", "limit": limit},
        )
        return tuple(row["play_id"] for row in rows)


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    posterior = candidate.posterior
    stored = {
        "clip_id": candidate.clip_id,
        "title": candidate.title,
        "posterior": None
        if posterior is None
        else [round(float(posterior.alpha), 4), round(float(posterior.beta), 4)],
        "ratings": candidate.ratings,
        "rejected_by": candidate.rejected_by,
    }
    if candidate.own_answers is not None:
        stored["own_answers"] = round(float(candidate.own_answers), 4)
    return stored


def _candidate(stored: dict[str, Any]) -> Candidate:
    posterior = stored["posterior"]
    return Candidate(
        clip_id=stored["clip_id"],
        title=stored["title"],
        posterior=Posterior(*posterior) if posterior else None,
        ratings=stored["ratings"],
        rejected_by=stored["rejected_by"],
        own_answers=stored.get("own_answers"),
    )


def past_decision(row: Row) -> PastDecision:
    """A row of ``decisions``."""
    context = DecisionContext(
        screen=Screen(row["screen"]),
        expression=None if row["expression"] is None else Expression(row["expression"]),
        confidence=row["confidence"],
        watchers=row["watchers"],
        surroundings=Surroundings(
            Season(row["season"]),
            DayTime(row["day_time"]),
            Weather(row["weather"]) if row["weather"] else None,
        ),
    )
    return PastDecision(
        id=row["id"],
        play_id=row["play_id"],
        visit_id=row["visit_id"],
        decided_at=local_time(row["decided_at"], row["tz_offset_minutes"]),
        is_clock_synced=bool(row["clock_synced"]),
        context=context,
        clip_id=row["clip_id"],
        clip_title=row["clip_title"],
        probability=row["probability"],
        reason=row["reason"],
        policy=row["policy"],
        candidates=tuple(_candidate(stored) for stored in json.loads(row["candidates"])),
        candidates_omitted=row["candidates_omitted"],
        floor=row["floor"],
        taught=taught_of(row),
    )
